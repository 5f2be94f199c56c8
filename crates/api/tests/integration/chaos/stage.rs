//! A scenario's stage: the servers, three nodes, a writer, readers on every node, and the ways to break all of it. Whatever is
//! broken through here is noted, so that the judge knows.

use std::{
    process::{Command, Stdio},
    sync::Arc,
    time::Duration,
};

use rand::{SeedableRng as _, rngs::StdRng};
use test_support::FaultProxy;
use tokio::{
    sync::{MutexGuard, watch},
    task::{JoinHandle, block_in_place},
    time::{Instant, sleep},
};

use super::{
    checker::{Circumstances, REMEMBERED, Verdict, judge},
    journal::{Hits, Journal, Time, What, lock},
    node::Node,
    readers::{Known, Question, ask, look_on, read_on},
    servers::{Servers, connected, servers},
    shown::{expected, shown},
    state::{State, forget, history},
    world::{NODES, Request, World},
    writer::Writer,
};

/// Everything has come right again long before, however slow the machine; reaching it fails the scenario.
pub(super) const PATIENCE: Duration = Duration::from_mins(2);
/// Between two looks at whether everything has come right.
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// Before a fault begins the writer has made so many changes.
const FIRST_WRITES: usize = 12;
const EMAIL: &str = "root@chaos.test";
const PASSWORD: &str = "correct horse battery";

/// Whether the writer renames and deletes users, which makes old what nodes remember of those who ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Users {
    Change,
    /// So that nodes go on knowing who asks while the database is gone.
    Stay,
}

/// The stage.
pub(super) struct Stage {
    pub(super) chance: StdRng,
    pub(super) world: Arc<World>,
    pub(super) journal: Arc<Journal>,
    pub(super) servers: MutexGuard<'static, Servers>,
    seed: u64,
    users: Users,
    database_url: String,
    round: Option<Round>,
}

/// A round that is being played.
struct Round {
    base: State,
    warmed: (Time, Time),
    stop: watch::Sender<bool>,
    writer: JoinHandle<Writer>,
    readers: Vec<JoinHandle<()>>,
}

/// A fault that lasts.
#[must_use = "it has to be ended"]
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Ongoing(usize);

impl Stage {
    /// Sets the stage: waits until no other scenario uses the servers, and starts the nodes.
    pub(super) async fn set(users: Users, seed: u64) -> Self {
        let mut servers = servers().await;
        let name = servers.new_database().await;
        let direct = servers.postgres.database_url(&name);
        let redis = format!("127.0.0.1:{}", servers.redis.port()).parse().unwrap();
        let postgres = format!("127.0.0.1:{}", servers.postgres.port()).parse().unwrap();
        let token = block_in_place(|| {
            api(&direct, &["admin", "create", "--email", EMAIL, "--password-stdin"]);
            api(&direct, &["token", "create", "--name", "chaos", "--role", "admin"]).trim().to_owned()
        });
        let mut nodes = Vec::new();
        for number in 0..NODES {
            let proxies =
                (FaultProxy::start(redis).await.unwrap(), FaultProxy::start(postgres).await.unwrap());
            let port = format!(":{}/", proxies.1.address().port());
            let url = direct.replace(&format!(":{}/", servers.postgres.port()), &port);
            nodes.push(Node::new(number, proxies.0, proxies.1, url));
        }
        block_in_place(|| {
            std::thread::scope(|scope| nodes.iter().for_each(|node| drop(scope.spawn(|| node.start()))));
        });
        let world = Arc::new(World::of(nodes, EMAIL, PASSWORD, &token).await);
        let (chance, journal) = (StdRng::seed_from_u64(seed), Arc::new(Journal::begin()));
        Self { chance, world, journal, servers, seed, users, database_url: direct, round: None }
    }

    /// Begins a round: from here on there are writes and reads.
    pub(super) async fn begin(&mut self) {
        let database = connected(&self.database_url).await;
        forget(&database).await;
        let base = State::of(&database).await;
        database.close().await.unwrap();
        self.journal = Arc::new(Journal::begin());
        self.seed = self.seed.wrapping_add(1);
        let ends_sessions = self.users == Users::Change;
        let mut writer = Writer::new(Arc::clone(&self.world), self.seed, ends_sessions);
        let from = self.journal.now();
        let version = writer.renew_sessions(&self.journal, 0).await;
        self.until("every node knows of the first write", async |stage| {
            for node in 0..NODES {
                let stats = stage.world.probe(&stage.journal, node, 0).await;
                if !stats.is_some_and(|stats| stats.known.covers(&version)) {
                    // The bus opens with the first use of Redis.
                    stage
                        .world
                        .ask(
                            &stage.world.nodes[node].alive().unwrap(),
                            Request::get(What::Overview.path(), 0),
                        )
                        .await
                        .unwrap();
                    return false;
                }
            }
            true
        })
        .await;
        for write in 0..FIRST_WRITES {
            writer.write(&self.journal, write % NODES).await;
        }
        let known = Arc::<Known>::default();
        for node in 0..NODES {
            for (credential, _) in self.world.credentials.iter().enumerate() {
                for what in What::EVERY {
                    let question =
                        Question { node, what, credential, min: None, etag: None, look_around: false };
                    ask(&self.world, &self.journal, &known, &question).await;
                }
            }
        }
        let warmed = (from, self.journal.now());
        let stop = watch::Sender::new(false);
        let (world, journal) = (|| Arc::clone(&self.world), || Arc::clone(&self.journal));
        let mut readers = Vec::new();
        for node in 0..NODES {
            let seed = self.seed.wrapping_mul(31).wrapping_add(node as u64);
            let reader = read_on(world(), journal(), Arc::clone(&known), node, seed, stop.subscribe());
            readers.push(tokio::spawn(reader));
            readers.push(tokio::spawn(look_on(world(), journal(), node, stop.subscribe())));
        }
        let writer = tokio::spawn(writer.write_on(journal(), stop.subscribe()));
        self.round = Some(Round { base, warmed, stop, writer, readers });
    }

    /// Lets things go on as they are for so long, and until there have been some reads and writes.
    pub(super) async fn go_on(&self, least: Duration) {
        let count = || (lock(&self.journal.reads).len(), lock(&self.journal.writes).len());
        let (begun, (reads, writes)) = (Instant::now(), count());
        sleep(least).await;
        while begun.elapsed() < PATIENCE {
            let now = count();
            if now.0 >= reads + 10 * NODES && now.1 >= writes + 3 {
                return;
            }
            sleep(LOOK_EVERY).await;
        }
    }

    /// Whether nodes would know everybody who asks for another `time`, without asking the database.
    pub(super) fn know_who_asks_for(&self, time: Duration) -> bool {
        let round = self.round.as_ref().expect("a round that was begun");
        self.journal.now() + time < round.warmed.0 + REMEMBERED
    }

    /// Ends the round: everything must come right, and nothing have happened that must not.
    pub(super) async fn end(&mut self) -> Verdict {
        let round = self.round.take().expect("a round that was begun");
        round.stop.send_replace(true);
        for task in round.readers {
            task.await.unwrap();
        }
        let mut writer = round.writer.await.unwrap();
        self.until("everything is right again", async |stage| stage.is_right().await).await;
        self.world.nodes.iter().for_each(Node::assert_well);
        let database = connected(&self.database_url).await;
        let transactions = history(&database, &self.journal).await;
        database.close().await.unwrap();
        let circumstances =
            Circumstances { ends_sessions: self.users == Users::Change, warmed: round.warmed };
        let verdict = judge(&self.journal, round.base, &transactions, circumstances);
        println!(
            "{} reads, {} of old values that stood in, {} problems; {} writes, {} without an answer that says done; up to \
             {:?} behind",
            verdict.reads,
            verdict.stood_in,
            verdict.problems,
            verdict.writes,
            verdict.unknown,
            verdict.oldest
        );
        verdict.assert_clean(&self.journal, || self.logs());
        // Nobody asks for figures any more, so only the bus can tell.
        for node in 0..NODES {
            let version = writer.renew_sessions(&self.journal, node).await;
            self.until("every node has heard of a write", async |stage| {
                for node in 0..NODES {
                    let stats = stage.world.probe(&stage.journal, node, 1).await;
                    if !stats.is_some_and(|stats| stats.known.covers(&version)) {
                        return false;
                    }
                }
                true
            })
            .await;
        }
        verdict
    }

    /// Whether every node shows what the database holds, and says that all is well.
    async fn is_right(&self) -> bool {
        let database = connected(&self.database_url).await;
        let state = State::of(&database).await;
        database.close().await.unwrap();
        for (number, node) in self.world.nodes.iter().enumerate() {
            let alive = node.alive().expect("a node that runs");
            // Two questions, so that one comes after a connection was found dead.
            let Ok(answer) = self.world.ask(&alive, Request::get(What::Dashboard.path(), 0)).await else {
                return false;
            };
            let parts = match answer.status {
                200 => shown(What::Dashboard, &answer.body, answer.header("cache-status")),
                _ => return false,
            };
            if parts.iter().any(|part| part.stale || part.value != expected(part.part, &state, part.window)) {
                return false;
            }
            let Some(says) = self.world.probe(&self.journal, number, 1).await else { return false };
            if says.pending > 0 || says.breaker != "closed" || says.bus != "healthy" || says.bound != "bus" {
                return false;
            }
            let Ok(ready) = self.world.ask(&alive, Request::get("/health/ready", 0)).await else {
                return false;
            };
            if ready.status != 200 || ready.body["status"] != "ok" {
                return false;
            }
        }
        true
    }

    /// Waits until something holds.
    pub(super) async fn until(&self, what: &str, holds: impl AsyncFn(&Self) -> bool) {
        let begun = Instant::now();
        while !holds(self).await {
            if begun.elapsed() > PATIENCE {
                println!("{}", self.logs());
                panic!(
                    "within {PATIENCE:?} this did not come true: {what}; probes: {:?}",
                    self.last_probes()
                );
            }
            sleep(LOOK_EVERY).await;
        }
    }

    fn last_probes(&self) -> Vec<super::journal::Probe> {
        let probes = lock(&self.journal.probes);
        let last = |node| probes.iter().rev().find(|probe| probe.asked.node == node).cloned();
        (0..NODES).filter_map(last).collect()
    }

    fn logs(&self) -> String {
        self.world.nodes.iter().map(Node::log).collect()
    }

    /// Does something to the network in front of one server, for one node or all.
    pub(super) fn network(
        &self,
        hits: Hits,
        node: Option<usize>,
        about: &str,
        does: impl Fn(&FaultProxy),
    ) -> Ongoing {
        let whose = node.map_or("every node".to_owned(), |node| format!("node {node}"));
        let fault = self.journal.broken(hits, node, &format!("{hits:?} of {whose}: {about}"));
        self.proxies(hits, node).for_each(does);
        Ongoing(fault)
    }

    /// Ends what [`Self::network`] began.
    pub(super) fn mend_network(&self, hits: Hits, node: Option<usize>, fault: Ongoing) {
        self.proxies(hits, node).for_each(FaultProxy::pass);
        self.journal.ended(fault.0);
    }

    /// Of a fault that was over as soon as it came.
    pub(super) fn note_end(&self, fault: Ongoing) {
        self.journal.ended(fault.0);
    }

    fn proxies(&self, hits: Hits, node: Option<usize>) -> impl Iterator<Item = &FaultProxy> {
        let nodes = self.world.nodes.iter().filter(move |other| node.is_none_or(|node| node == other.number));
        nodes.map(move |node| if hits == Hits::Redis { &node.redis } else { &node.database })
    }

    /// kill -9.
    pub(super) fn kill_redis(&mut self) -> Ongoing {
        let fault = self.journal.broken(Hits::Redis, None, "Redis is killed");
        block_in_place(|| self.servers.redis.stop());
        Ongoing(fault)
    }

    /// It comes back with nothing in it.
    pub(super) fn restart_redis(&mut self, fault: Ongoing) {
        block_in_place(|| self.servers.redis.restart_empty().unwrap());
        self.journal.ended(fault.0);
    }

    /// SIGSTOP.
    pub(super) fn freeze_redis(&mut self) -> Ongoing {
        let fault = self.journal.broken(Hits::Redis, None, "Redis is frozen");
        self.servers.redis.pause().unwrap();
        Ongoing(fault)
    }

    pub(super) fn thaw_redis(&mut self, fault: Ongoing) {
        self.servers.redis.resume().unwrap();
        self.journal.ended(fault.0);
    }

    /// As a crash ends it.
    pub(super) fn stop_postgresql(&mut self) -> Ongoing {
        let fault = self.journal.broken(Hits::Database, None, "PostgreSQL crashes");
        block_in_place(|| self.servers.postgres.stop());
        Ongoing(fault)
    }

    pub(super) fn resume_postgresql(&mut self, fault: Ongoing) {
        block_in_place(|| self.servers.postgres.resume().unwrap());
        self.journal.ended(fault.0);
    }

    /// kill -9.
    pub(super) fn kill_node(&self, node: usize) -> Ongoing {
        let fault = self.journal.broken(Hits::Process, Some(node), &format!("node {node} is killed"));
        self.world.nodes[node].kill();
        Ongoing(fault)
    }

    pub(super) fn start_node(&self, node: usize, fault: Ongoing) {
        block_in_place(|| self.world.nodes[node].start());
        self.journal.ended(fault.0);
    }

    /// Ends it in good order and starts it again.
    pub(super) fn restart_node(&self, node: usize) {
        let fault = self.journal.broken(Hits::Process, Some(node), &format!("node {node} is restarted"));
        self.world.nodes[node].terminate();
        self.start_node(node, Ongoing(fault));
    }

    /// SIGSTOP.
    pub(super) fn freeze_node(&self, node: usize) -> Ongoing {
        let fault = self.journal.broken(Hits::Sleep, Some(node), &format!("node {node} is frozen"));
        self.world.nodes[node].freeze();
        Ongoing(fault)
    }

    pub(super) fn thaw_node(&self, node: usize, fault: Ongoing) {
        self.world.nodes[node].thaw();
        self.journal.ended(fault.0);
    }
}

/// Runs the binary's command line on the database; what it printed.
fn api(database_url: &str, arguments: &[&str]) -> String {
    use std::io::Write as _;
    let folder = tempfile::tempdir().unwrap();
    let mut process = Command::new(env!("CARGO_BIN_EXE_api"))
        .args(arguments)
        .env_clear()
        .env("DATABASE_URL", database_url)
        .current_dir(folder.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    process.stdin.take().unwrap().write_all(PASSWORD.as_bytes()).unwrap();
    let output = process.wait_with_output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}
