//! The contract of `Store`, executable.

mod administration;
mod fixture;
mod isolation;
mod ledger;
mod log;
mod notifications;
mod people;
mod receipts;
mod releases;
mod routing;
mod sweeps;
mod tokens;

pub use fixture::{StoreUnderTest, World};

/// Runs every property, each on a fresh store of `new`. Panics at the first that does not hold.
pub async fn suite(new: impl AsyncFn() -> StoreUnderTest) {
    macro_rules! run {
        ($($module:ident::$property:ident)*) => {$(
            say(concat!(stringify!($module), "::", stringify!($property)));
            $module::$property(new().await).await;
        )*};
    }
    run! {
        log::entries_are_gapless_and_in_order
        log::concurrent_sends_are_gapless
        log::a_refused_write_leaves_nothing
        log::both_readers_have_an_unbroken_chain
        log::recalled_words_are_not_served
        log::edits_are_entries
        log::marks_stay_in_order
        log::unread_counts_what_others_sent
        log::a_visitor_opens_up_to_the_limit
        log::words_of_any_script_come_back_the_same
        receipts::the_same_command_is_one_entry
        receipts::a_command_id_belongs_to_one_command
        receipts::a_repeated_opening_gives_the_first_conversation
        receipts::every_command_can_be_repeated
        ledger::routes_never_exceed_capacity
        ledger::takes_never_make_two_owners
        ledger::only_agents_who_are_free_get_more
        ledger::an_offer_holds_a_place_until_it_ends
        ledger::a_lowered_capacity_keeps_what_is_held
        ledger::a_storm_leaves_the_ledger_whole
        routing::decisions_of_an_older_plugin_set_are_refused
        routing::decisions_are_kept
        routing::the_backlog_is_in_order
        routing::facts_are_what_was_done
        routing::teams_with_a_free_place_are_found
        sweeps::changes_are_found
        sweeps::due_conversations_are_claimed_once
        sweeps::a_node_without_its_lease_decides_nothing
        sweeps::a_lane_is_one_nodes_at_a_time
        sweeps::what_is_not_indexed_is_found
        sweeps::nodes_share_the_indexing
        sweeps::a_new_index_gets_the_whole_log
        people::tenants_and_their_settings
        people::agents_are_unique_by_email
        people::teams_and_their_members
        people::channels_and_visitors
        releases::a_release_is_stored_once
        releases::one_of_two_activations_wins
        releases::a_node_is_a_member_while_its_lease_lives
        tokens::a_refresh_token_is_used_once
        tokens::a_sign_in_lives_until_it_is_ended
        tokens::api_tokens_and_the_signing_key
        tokens::the_audit_trail_is_paged
        administration::resources_are_configuration
        administration::the_pace_of_a_team_is_known
        notifications::facts_are_events_for_those_who_listen
        notifications::an_event_is_handled_by_who_holds_it
        notifications::an_event_that_nobody_can_handle_waits_or_dies
        notifications::a_notification_is_one_per_target_and_key
        notifications::attempts_are_rows_and_success_is_once
        notifications::dead_letters_are_driven_again_at_a_rate
        notifications::targets_that_are_busy_or_rest_are_passed_over
        notifications::ordered_notifications_follow_each_other
        notifications::a_plugins_values_change_with_its_answers
        notifications::what_is_done_is_forgotten_in_time
        isolation::tenants_do_not_see_each_other
    }
}

/// Says where the suite is, for the one who reads why it failed.
#[expect(clippy::print_stdout, reason = "test output")]
fn say(property: &str) {
    println!("store: {property}");
}
