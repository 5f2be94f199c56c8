//! A clock of a test's own, and the executor that goes with it: it runs every task until all of them wait, then sets the
//! clock to the next moment that one of them waits for.

use std::{
    cell::RefCell,
    collections::BTreeMap,
    future::poll_fn,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
    task::{Context, Poll, Wake, Waker},
    time::Duration,
};

use futures_util::{StreamExt as _, future::BoxFuture, stream::FuturesUnordered};

/// What the clock shows when a test begins.
const START: Duration = Duration::from_hours(400_000);

#[derive(Default)]
struct Clock {
    passed: Duration,
    /// Who is to be woken when, and in which order.
    timers: BTreeMap<(Duration, u64), Waker>,
    next_timer: u64,
    spawned: Vec<BoxFuture<'static, ()>>,
}

thread_local! {
    static CLOCK: RefCell<Clock> = RefCell::default();
}

/// Runs `test` and all that it spawns. The test's end is the end.
pub(super) fn virtually(test: impl Future<Output = ()>) {
    CLOCK.take();
    let mut test = pin!(test);
    let mut tasks = FuturesUnordered::new();
    let woken = Arc::new(Woken(AtomicBool::new(true)));
    let waker = Waker::from(Arc::clone(&woken));
    let mut context = Context::from_waker(&waker);
    loop {
        while woken.0.swap(false, SeqCst) {
            if test.as_mut().poll(&mut context).is_ready() {
                return;
            }
            loop {
                tasks.extend(CLOCK.with_borrow_mut(|clock| std::mem::take(&mut clock.spawned)));
                if !matches!(tasks.poll_next_unpin(&mut context), Poll::Ready(Some(()))) {
                    break;
                }
            }
            if CLOCK.with_borrow(|clock| !clock.spawned.is_empty()) {
                waker.wake_by_ref();
            }
        }
        let next = CLOCK.with_borrow_mut(|clock| {
            let ((at, _), waker) = clock.timers.pop_first()?;
            clock.passed = clock.passed.max(at);
            Some(waker)
        });
        next.expect("everything waits, and for nothing").wake();
    }
}

struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, SeqCst);
    }
}

/// What the clock shows.
pub(super) fn now() -> Duration {
    START + passed()
}

/// How long the test has run.
pub(super) fn passed() -> Duration {
    CLOCK.with_borrow(|clock| clock.passed)
}

/// How much later it is than when [`passed`] told `earlier`.
pub(super) fn since(earlier: Duration) -> Duration {
    passed().saturating_sub(earlier)
}

/// Lets time pass.
pub(super) async fn sleep(duration: Duration) {
    let until = passed() + duration;
    poll_fn(|context| {
        CLOCK.with_borrow_mut(|clock| {
            if clock.passed >= until {
                return Poll::Ready(());
            }
            clock.next_timer += 1;
            clock.timers.insert((until, clock.next_timer), context.waker().clone());
            Poll::Pending
        })
    })
    .await;
}

/// Lets everything happen that needs no time, and a microsecond pass.
pub(super) async fn settle() {
    sleep(Duration::from_micros(1)).await;
}

/// Runs `task` beside the test.
pub(super) fn spawn(task: BoxFuture<'static, ()>) {
    CLOCK.with_borrow_mut(|clock| clock.spawned.push(task));
}
