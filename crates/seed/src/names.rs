//! Names of people and companies, French and English, and addresses that no one has: their domains are reserved for
//! examples (RFC 2606).

use rand::{Rng as _, seq::IndexedRandom as _};
use rand_chacha::ChaCha8Rng;

/// What somebody speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Language {
    /// Two thirds do.
    French,
    /// The others.
    English,
}

impl Language {
    /// Somebody's language.
    pub(crate) fn of_somebody(rng: &mut ChaCha8Rng) -> Self {
        if rng.random_ratio(2, 3) { Self::French } else { Self::English }
    }

    /// Mostly this language, now and then the other.
    pub(crate) fn of_somebody_nearby(self, rng: &mut ChaCha8Rng) -> Self {
        if rng.random_ratio(9, 10) { self } else { Self::of_somebody(rng) }
    }
}

/// A person's first and last name.
pub(crate) fn person(language: Language, rng: &mut ChaCha8Rng) -> (&'static str, &'static str) {
    let (first, last): (&[&str], &[&str]) = match language {
        Language::French => (&FRENCH_FIRST, &FRENCH_LAST),
        Language::English => (&ENGLISH_FIRST, &ENGLISH_LAST),
    };
    (pick(first, rng), pick(last, rng))
}

/// A company, a shop, a town: somebody who is sent a proposal.
pub(crate) fn client(language: Language, rng: &mut ChaCha8Rng) -> String {
    match language {
        Language::French => match rng.random_range(0..4) {
            0 => format!("Mairie de {}", pick(&FRENCH_TOWNS, rng)),
            1 => format!("{} {}", pick(&FRENCH_TRADES, rng), pick(&FRENCH_LAST, rng)),
            2 => format!("{} {}", pick(&FRENCH_TRADES, rng), pick(&FRENCH_PLACES, rng)),
            _ => format!("{} & Fils", pick(&FRENCH_LAST, rng)),
        },
        Language::English => match rng.random_range(0..4) {
            0 => format!("{} Council", pick(&ENGLISH_TOWNS, rng)),
            1 => format!("{} & {}", pick(&ENGLISH_LAST, rng), pick(&ENGLISH_LAST, rng)),
            2 => format!("The {} {}", pick(&ENGLISH_TOWNS, rng), pick(&ENGLISH_TRADES, rng)),
            _ => format!("{} {}", pick(&ENGLISH_LAST, rng), pick(&ENGLISH_TRADES, rng)),
        },
    }
}

/// What is proposed.
pub(crate) fn title(language: Language, rng: &mut ChaCha8Rng) -> String {
    let (works, details): (&[&str], &[&str]) = match language {
        Language::French => (&FRENCH_WORKS, &FRENCH_DETAILS),
        Language::English => (&ENGLISH_WORKS, &ENGLISH_DETAILS),
    };
    let work = pick(works, rng);
    if rng.random_ratio(2, 5) { format!("{work}, {}", pick(details, rng)) } else { work.to_owned() }
}

/// The part of an address before the `@`: `first.last` in plain letters.
pub(crate) fn mailbox(first: &str, last: &str) -> String {
    format!("{}.{}", plain(first), plain(last))
}

/// The part of an address after the `@`.
pub(crate) fn mail_domain(rng: &mut ChaCha8Rng) -> &'static str {
    pick(&MAIL_DOMAINS, rng)
}

fn pick(from: &[&'static str], rng: &mut ChaCha8Rng) -> &'static str {
    from.choose(rng).copied().unwrap_or_default()
}

/// Lower case, without accents; a space or an apostrophe becomes a hyphen.
fn plain(name: &str) -> String {
    let plain = |c: char| match c {
        'à' | 'â' | 'ä' => 'a',
        'ç' => 'c',
        'é' | 'è' | 'ê' | 'ë' => 'e',
        'î' | 'ï' => 'i',
        'ô' | 'ö' => 'o',
        'ù' | 'û' | 'ü' => 'u',
        ' ' | '\'' | '’' => '-',
        other => other,
    };
    name.to_lowercase().chars().map(plain).collect()
}

const MAIL_DOMAINS: [&str; 16] = [
    "example.org",
    "example.com",
    "example.net",
    "atelier.example",
    "bureau.example",
    "courrier.example",
    "fabrique.example",
    "harbour.example",
    "letters.example",
    "maison.example",
    "mill.example",
    "office.example",
    "poste.example",
    "studio.example",
    "works.example",
    "yard.example",
];

const FRENCH_FIRST: [&str; 60] = [
    "Adèle",
    "Agathe",
    "Alexandre",
    "Alice",
    "Amélie",
    "Antoine",
    "Arthur",
    "Aurélie",
    "Baptiste",
    "Benoît",
    "Camille",
    "Céline",
    "Charlotte",
    "Chloé",
    "Clément",
    "Damien",
    "Élise",
    "Élodie",
    "Émile",
    "Étienne",
    "Fabien",
    "Florence",
    "François",
    "Gabriel",
    "Gaëlle",
    "Guillaume",
    "Hélène",
    "Hugo",
    "Inès",
    "Jérôme",
    "Joséphine",
    "Jules",
    "Julie",
    "Karim",
    "Laure",
    "Léa",
    "Léo",
    "Louis",
    "Lucie",
    "Manon",
    "Margaux",
    "Mathilde",
    "Maxime",
    "Mehdi",
    "Nadia",
    "Nathalie",
    "Nicolas",
    "Noémie",
    "Olivier",
    "Pauline",
    "Quentin",
    "Raphaël",
    "Rémi",
    "Sarah",
    "Sébastien",
    "Sophie",
    "Théo",
    "Valérie",
    "Yann",
    "Zoé",
];

const FRENCH_LAST: [&str; 60] = [
    "André",
    "Arnaud",
    "Barbier",
    "Baron",
    "Benali",
    "Bernard",
    "Blanchard",
    "Bonnet",
    "Bouchard",
    "Boyer",
    "Brun",
    "Caron",
    "Chevalier",
    "Colin",
    "Da Silva",
    "David",
    "Delaunay",
    "Denis",
    "Dubois",
    "Dufour",
    "Dupont",
    "Durand",
    "Fabre",
    "Faure",
    "Fontaine",
    "Fournier",
    "Gauthier",
    "Gérard",
    "Girard",
    "Guérin",
    "Haddad",
    "Henry",
    "Jacquet",
    "Lambert",
    "Laurent",
    "Le Gall",
    "Lefèvre",
    "Legrand",
    "Lemaire",
    "Leroy",
    "Marchand",
    "Martin",
    "Mathieu",
    "Mercier",
    "Meunier",
    "Moreau",
    "Morel",
    "Nguyen",
    "Noël",
    "Perrin",
    "Petit",
    "Picard",
    "Renaud",
    "Rivière",
    "Rousseau",
    "Roux",
    "Simon",
    "Traoré",
    "Vasseur",
    "Vidal",
];

const ENGLISH_FIRST: [&str; 50] = [
    "Abigail",
    "Aidan",
    "Alfie",
    "Amelia",
    "Amir",
    "Beatrice",
    "Ben",
    "Callum",
    "Catherine",
    "Charles",
    "Clara",
    "Daniel",
    "Deborah",
    "Edward",
    "Eleanor",
    "Emily",
    "Fergus",
    "Fiona",
    "George",
    "Grace",
    "Hannah",
    "Harriet",
    "Harry",
    "Imogen",
    "Isaac",
    "Jack",
    "Jessica",
    "Joanna",
    "Joseph",
    "Katie",
    "Liam",
    "Lucy",
    "Margaret",
    "Martha",
    "Maya",
    "Nathan",
    "Nigel",
    "Oliver",
    "Oscar",
    "Patrick",
    "Priya",
    "Rebecca",
    "Robert",
    "Rosie",
    "Ruth",
    "Samuel",
    "Sean",
    "Thomas",
    "Victoria",
    "William",
];

const ENGLISH_LAST: [&str; 50] = [
    "Adams",
    "Ahmed",
    "Allen",
    "Bailey",
    "Baker",
    "Barnes",
    "Bennett",
    "Brooks",
    "Campbell",
    "Carter",
    "Chapman",
    "Clarke",
    "Cooper",
    "Davies",
    "Edwards",
    "Ellis",
    "Evans",
    "Fisher",
    "Foster",
    "Graham",
    "Green",
    "Griffiths",
    "Hall",
    "Harris",
    "Hughes",
    "Jackson",
    "Kelly",
    "Khan",
    "Knight",
    "Lewis",
    "Marshall",
    "Mason",
    "Mitchell",
    "Murray",
    "O'Brien",
    "Owen",
    "Palmer",
    "Patel",
    "Powell",
    "Reid",
    "Richards",
    "Robinson",
    "Scott",
    "Shaw",
    "Stevens",
    "Taylor",
    "Turner",
    "Walker",
    "Webb",
    "Wright",
];

const FRENCH_TOWNS: [&str; 20] = [
    "Lyon",
    "Nantes",
    "Bordeaux",
    "Lille",
    "Rennes",
    "Grenoble",
    "Dijon",
    "Angers",
    "Nîmes",
    "Tours",
    "Limoges",
    "Annecy",
    "Metz",
    "Besançon",
    "Pau",
    "Quimper",
    "Valence",
    "Troyes",
    "Chambéry",
    "Albi",
];

const FRENCH_TRADES: [&str; 16] = [
    "Boulangerie",
    "Brasserie",
    "Cabinet",
    "Clinique",
    "Domaine",
    "École",
    "Fromagerie",
    "Garage",
    "Hôtel",
    "Imprimerie",
    "Librairie",
    "Menuiserie",
    "Pépinière",
    "Pharmacie",
    "Restaurant",
    "Transports",
];

const FRENCH_PLACES: [&str; 14] = [
    "du Port",
    "des Halles",
    "de la Gare",
    "du Marché",
    "des Tilleuls",
    "de la Fontaine",
    "du Vieux Moulin",
    "des Remparts",
    "du Lac",
    "de la Presqu'île",
    "des Arts",
    "du Parc",
    "de l'Horloge",
    "des Quatre Vents",
];

const ENGLISH_TOWNS: [&str; 18] = [
    "Bath",
    "Bristol",
    "Cambridge",
    "Cardiff",
    "Dover",
    "Durham",
    "Exeter",
    "Galway",
    "Kendal",
    "Leeds",
    "Lincoln",
    "Norwich",
    "Oxford",
    "Perth",
    "Preston",
    "Truro",
    "Whitby",
    "York",
];

const ENGLISH_TRADES: [&str; 16] = [
    "Bakery",
    "Bookshop",
    "Brewery",
    "Builders",
    "Clinic",
    "Cycles",
    "Dental Practice",
    "Farm Shop",
    "Gallery",
    "Garage",
    "Hotel",
    "Joinery",
    "Logistics",
    "Nurseries",
    "Press",
    "Tearoom",
];

const FRENCH_WORKS: [&str; 24] = [
    "Rénovation de la toiture",
    "Refonte du site web",
    "Isolation des combles",
    "Aménagement de la boutique",
    "Installation de panneaux solaires",
    "Maintenance informatique",
    "Nouvelle identité visuelle",
    "Mise aux normes électriques",
    "Remplacement des fenêtres",
    "Audit énergétique",
    "Campagne d'affichage",
    "Application de réservation",
    "Ravalement de façade",
    "Formation des équipes",
    "Création d'un jardin",
    "Borne de recharge",
    "Contrat d'entretien",
    "Cuisine sur mesure",
    "Étude d'accessibilité",
    "Reprise comptable",
    "Traduction du catalogue",
    "Pompe à chaleur",
    "Signalétique intérieure",
    "Séminaire de rentrée",
];

const FRENCH_DETAILS: [&str; 10] = [
    "première tranche",
    "deuxième tranche",
    "bâtiment nord",
    "offre révisée",
    "variante économique",
    "lot 2",
    "printemps",
    "clé en main",
    "avec entretien",
    "sur trois ans",
];

const ENGLISH_WORKS: [&str; 24] = [
    "New roof",
    "Website redesign",
    "Loft insulation",
    "Shop fitting",
    "Solar panels",
    "IT support",
    "New visual identity",
    "Rewiring",
    "Window replacement",
    "Energy audit",
    "Poster campaign",
    "Booking app",
    "Facade cleaning",
    "Staff training",
    "Garden design",
    "Charging points",
    "Maintenance contract",
    "Bespoke kitchen",
    "Accessibility review",
    "Bookkeeping",
    "Catalogue translation",
    "Heat pump",
    "Signage",
    "Away day",
];

const ENGLISH_DETAILS: [&str; 10] = [
    "phase one",
    "phase two",
    "north wing",
    "revised offer",
    "budget option",
    "lot 2",
    "spring",
    "turnkey",
    "with upkeep",
    "over three years",
];
