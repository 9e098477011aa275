//! What people do meanwhile.

use attendee_sync_app::ports::KeptKey;
use attendee_sync_app::{AttendeeFilter, ListOrder};
use attendee_sync_domain::group::GroupName;
use attendee_sync_domain::search::Words;
use jiff::SignedDuration;

use super::{BY_HAND, Course, SESSIONS, community_id, event_id};

impl Course {
    /// What people do in a day: they sign in, look at lists, give and take groups, ask to be
    /// forgotten, and delete an event now and then, to begin it anew.
    pub(super) async fn people_do_things(&mut self) {
        for _ in 0..SESSIONS {
            self.sessions += 1;
            let mut key = [0xff; 32];
            key[..8].copy_from_slice(&self.sessions.to_be_bytes());
            let until = self.world.now() + SignedDuration::from_hours(12);
            let kept = self
                .world
                .app
                .parts()
                .store
                .keep(KeptKey(key), vec![7; 300], until);
            kept.await.unwrap();
        }
        for at in 0..self.model.communities.len() {
            self.regroup_somebody(at).await;
            if self.chance.per_mille(150) {
                self.erase_somebody(at).await;
            }
        }
        self.look_at_lists().await;
        if self.chance.per_mille(300) {
            let at = self.chance.below(self.model.events.len());
            self.remake(at).await;
        }
    }

    fn some_user(&mut self, community: usize) -> Option<usize> {
        let home = &self.model.communities[community];
        let users: Vec<usize> = (0..home.people.len())
            .filter(|whom| home.is_user(*whom))
            .collect();
        self.chance.one(&users).copied()
    }

    async fn regroup_somebody(&mut self, at: usize) {
        let Some(whom) = self.some_user(at) else {
            return;
        };
        let community = &mut self.model.communities[at];
        let id = community_id(community);
        let who = &community.people[whom];
        let address = who.parse().unwrap();
        let group = GroupName::parse(BY_HAND).unwrap();
        let app = &self.world.app;
        if community.model.is_given(who, BY_HAND) {
            app.revoke(&id, &group, &address).await.unwrap();
            community.model.revoke(who, BY_HAND);
        } else {
            app.grant(&id, &group, &address).await.unwrap();
            community.model.grant(who, BY_HAND);
            community.groups.insert(BY_HAND.to_owned());
        }
    }

    async fn erase_somebody(&mut self, at: usize) {
        let Some(whom) = self.some_user(at) else {
            return;
        };
        let community = &self.model.communities[at];
        let address = community.people[whom].parse().unwrap();
        let id = community_id(community);
        self.world.app.erase_user(&id, &address).await.unwrap();
        self.model.erase(at, whom);
        self.report.erased += 1;
    }

    /// So that what lists are searched by is in memory.
    async fn look_at_lists(&mut self) {
        for _ in 0..=self.model.events.len() / 50 {
            let at = self.chance.below(self.model.events.len());
            let filter = AttendeeFilter {
                search: Words::of("example"),
                ..AttendeeFilter::default()
            };
            let event = event_id(&self.model.events[at]);
            let page = self
                .world
                .app
                .attendees(&event, &filter, ListOrder::default(), None, 10);
            page.await.unwrap();
        }
    }

    async fn remake(&mut self, at: usize) {
        let event = &mut self.model.events[at];
        let (id, home) = (event_id(event), event.community);
        let app = &self.world.app;
        let version = app.event(&id).await.unwrap().version;
        let community = app.close_event(&id, version).await.unwrap();
        app.finish_closings(&community).await.unwrap();
        event.life += 1;
        // Its users stay.
        debug_assert_eq!(self.model.communities[home].id, community.to_string());
        self.model.communities[home].model.delete_event(id.as_str());
        self.report.remade += 1;
        self.begin_event(at).await;
    }
}
