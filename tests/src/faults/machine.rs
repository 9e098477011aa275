//! The process of the single-machine edition, from its start on: it finishes what an ended one left,
//! syncs when it is asked to, and sends what may go. As `infra/local/src/{serve,timer,postman}.rs`.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use attendee_sync_app::{App, Error, PauseScope, StartedRun, SyncScope};
use attendee_sync_domain::ids::EventId;
use attendee_sync_testkit::waiting::pass;

use super::control::{Lived, live};

/// How often a process is started again.
const MOST_STARTS: usize = 12;
/// How often a run that cannot be brought to an end is tried again, and mail.
const MOST_TRIES: usize = 12;

/// Lives through starts and ends until a process has nothing left to do; false where that never
/// comes. A sync is asked for once.
pub(super) async fn serve(new_app: &dyn Fn() -> Arc<App>, ask: bool) -> bool {
    let asked = AtomicBool::new(!ask);
    for _ in 0..MOST_STARTS {
        let app = new_app();
        // Where its start fails it ends, and somebody starts it again.
        let life = Box::pin(life(&app, &asked));
        if let Lived::Through(Ok(())) = live(life, async || {}).await {
            return true;
        }
    }
    false
}

fn event() -> EventId {
    "devcon".parse().unwrap()
}

async fn life(app: &Arc<App>, asked: &AtomicBool) -> Result<(), Error> {
    let left = app.recover().await?;
    app.mark_abandoned_unknown().await?;
    let is_idle = AtomicBool::new(false);
    let syncs = async {
        for started in left {
            finish(app, started).await;
        }
        if !asked.swap(true, Ordering::SeqCst)
            && let Ok(started) = app.begin(&event(), SyncScope::Everyone).await
        {
            finish(app, started).await;
        }
        is_idle.store(true, Ordering::SeqCst);
        app.want_invitations();
    };
    tokio::join!(syncs, send(app, &is_idle));
    Ok(())
}

async fn finish(app: &App, started: StartedRun) {
    let id = started.id().clone();
    if app.finish(started).await.is_ok() {
        return;
    }
    for _ in 0..MOST_TRIES {
        pass(Duration::from_mins(1)).await;
        match app.parts().store.run_under_way(&id.event).await {
            Ok(number) if number != Some(id.number) => return,
            _ => {}
        }
        if app.sync(&id.event, SyncScope::Everyone).await.is_ok() {
            return;
        }
    }
}

/// Sends until nothing is left that may go and nothing else is done.
async fn send(app: &App, is_idle: &AtomicBool) {
    let mut rounds_after = 0;
    while rounds_after < MOST_TRIES {
        let idle = is_idle.load(Ordering::SeqCst);
        let is_done = round(app).await;
        if idle {
            if is_done {
                return;
            }
            rounds_after += 1;
        }
        tokio::select! {
            biased;
            () = app.invitations_wanted() => {}
            () = pass(Duration::from_mins(10)) => {}
        }
    }
}

/// Whether nothing is left that may go.
async fn round(app: &App) -> bool {
    let Ok(events) = app.events_to_dispatch().await else {
        return false;
    };
    let mut is_done = true;
    for event in events {
        is_done &= match app.dispatch_invitations(&event).await {
            Ok(posted) => match posted.trouble {
                Some(trouble) => trouble.keeps == PauseScope::Event,
                None => posted.put_off == 0,
            },
            Err(_) => false,
        };
    }
    is_done
}
