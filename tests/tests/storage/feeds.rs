//! What partners' feeds keep.

use tsunagu_domain::{notification::Notification, ticket::Status};
use tsunagu_store::{
    feed::{Mark, Marks, Step},
    items::{
        DismissedForAllItem, DismissedForCustomerItem, FeedNotificationItem, FeedTicketItem,
        TicketItem,
    },
};
use tsunagu_tests::{Party, Stage};

/// Puts an item of each kind, for the test of their forms.
pub(crate) async fn write_every_kind(stage: &Stage, partner: &Party, customer: &Party) {
    let (now, partner, customer) = (stage.now(), partner.id, customer.id);
    let notifications = stage.stored.notifications(partner).await;
    let told = |notification: &Notification| FeedNotificationItem {
        partner,
        customer,
        notification_id: notification.notification_id,
        episode: 1,
        severity: notification.severity,
        notification: Some(notification.clone()),
        dismissed_at: None,
    };
    stage.stored.put(&told(&notifications[0])).await;
    let dismissed = told(&notifications[1]);
    let dismissed =
        FeedNotificationItem { notification: None, dismissed_at: Some(now), ..dismissed };
    stage.stored.put(&dismissed).await;
    let tickets = stage.stored.of_kind::<TicketItem>(&format!("A#{customer}")).await;
    // Opened at one instant, they stand in any order.
    let closed = tickets.into_iter().find(|item| item.ticket.status == Status::Closed);
    let TicketItem { ticket, .. } = closed.expect("one is closed");
    let ticket_id = ticket.ticket_id;
    let cut = true;
    let copy = FeedTicketItem { partner, customer, ticket_id, episode: 1, ticket, cut };
    stage.stored.put(&copy).await;
    let up_to = notifications[0].notification_id;
    let marks = Marks::default().with(Mark { up_to, at: now });
    stage.stored.put(&DismissedForAllItem { partner, marks, rev: 1 }).await;
    stage.stored.put(&DismissedForCustomerItem { partner, customer, up_to, at: now }).await;
    let step = Step::Count { partner, customer };
    stage.store.put_off(step, None, now).await.expect("is put off");
}
