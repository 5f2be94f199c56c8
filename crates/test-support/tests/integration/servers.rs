//! Servers start, stop, come back, and end with the process that started them.

use std::{
    net::TcpStream,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use nix::{sys::signal::kill, unistd::Pid};
use sea_orm::{ConnectionTrait as _, Database};
use test_support::{PostgresServer, RedisServer, servers::LOOPBACK};

/// Set for the process that [`servers_end_with_a_process_that_is_killed`] starts and kills.
const VICTIM: &str = "TEST_SUPPORT_VICTIM";

fn ping(redis: &RedisServer) -> redis::RedisResult<String> {
    let client = redis::Client::open(redis.url())?;
    let mut connection = client.get_connection_with_timeout(Duration::from_millis(500))?;
    connection.set_read_timeout(Some(Duration::from_millis(500)))?;
    redis::cmd("PING").query(&mut connection)
}

fn runs(pid: u32) -> bool {
    kill(Pid::from_raw(i32::try_from(pid).unwrap()), None).is_ok()
}

#[test]
fn redis_stops_and_comes_back_empty_on_the_same_port() {
    let mut redis = RedisServer::start().unwrap();
    let (port, pid) = (redis.port(), redis.pid().unwrap());
    let mut connection = redis::Client::open(redis.url()).unwrap().get_connection().unwrap();
    redis::cmd("SET").arg("key").arg(1).exec(&mut connection).unwrap();
    redis.stop();
    assert!(!runs(pid));
    assert!(ping(&redis).is_err());
    redis.restart_empty().unwrap();
    assert_eq!(redis.port(), port);
    let mut connection = redis::Client::open(redis.url()).unwrap().get_connection().unwrap();
    let size: u64 = redis::cmd("DBSIZE").query(&mut connection).unwrap();
    assert_eq!(size, 0);
}

#[test]
fn a_paused_redis_answers_nothing_until_it_goes_on() {
    let redis = RedisServer::start().unwrap();
    redis.pause().unwrap();
    assert!(ping(&redis).is_err());
    redis.resume().unwrap();
    assert_eq!(ping(&redis).unwrap(), "PONG");
    redis.pause().unwrap();
    let pid = redis.pid().unwrap();
    drop(redis);
    assert!(!runs(pid), "a frozen server ends too");
}

#[test]
fn redis_asks_for_a_password_or_a_user() {
    let password = RedisServer::options().password("p@ss \"word\"").start().unwrap();
    assert_eq!(ping(&password).unwrap(), "PONG");
    let user = RedisServer::options().user("app", "s3cret/").max_memory(64 << 20).start().unwrap();
    assert_eq!(ping(&user).unwrap(), "PONG");
    for server in [&password, &user] {
        let open = redis::Client::open((server.host(), server.port())).unwrap();
        let refused =
            open.get_connection().and_then(|mut connection| redis::cmd("PING").exec(&mut connection));
        assert!(refused.is_err());
    }
}

#[test]
fn a_server_that_cannot_start_says_why() {
    let error = RedisServer::options().setting("no-such-setting", "1").start().unwrap_err().to_string();
    assert!(error.contains("no-such-setting"), "{error}");
}

#[tokio::test]
async fn postgres_stops_and_comes_back_with_its_data() {
    let mut postgres = PostgresServer::start().unwrap();
    let url = postgres.url();
    let connection = Database::connect(&url).await.unwrap();
    connection.execute_unprepared("CREATE TABLE kept (id integer)").await.unwrap();
    connection.execute_unprepared("CHECKPOINT").await.unwrap();
    postgres.stop();
    assert!(TcpStream::connect((LOOPBACK, postgres.port())).is_err());
    postgres.resume().unwrap();
    let connection = Database::connect(&url).await.unwrap();
    connection.execute_unprepared("SELECT * FROM kept").await.unwrap();
}

#[test]
fn servers_end_with_a_process_that_is_killed() {
    let this_test = "servers::servers_end_with_a_process_that_is_killed";
    if std::env::var_os(VICTIM).is_some() {
        let (postgres, redis) = (PostgresServer::start().unwrap(), RedisServer::start().unwrap());
        println!("pids {} {} .", postgres.pid().unwrap(), redis.pid().unwrap());
        std::thread::sleep(Duration::from_mins(1));
        return;
    }
    let mut victim = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", this_test, "--nocapture"])
        .env(VICTIM, "1")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let output = std::io::BufReader::new(victim.stdout.take().unwrap());
    let pids: Vec<u32> = std::io::BufRead::lines(output)
        .map_while(Result::ok)
        .find_map(|line| {
            let (_, pids) = line.split_once("pids ")?;
            Some(pids.split(' ').filter_map(|pid| pid.parse().ok()).collect())
        })
        .expect("the process ids");
    assert_eq!(pids.len(), 2);
    assert!(pids.iter().all(|pid| runs(*pid)));
    victim.kill().unwrap();
    victim.wait().unwrap();
    let deadline = Instant::now() + Duration::from_secs(30);
    while pids.iter().any(|pid| runs(*pid)) {
        assert!(Instant::now() < deadline, "still there: {pids:?}");
        std::thread::sleep(Duration::from_millis(10));
    }
}
