//! How the cache behaves, case by case. What has time in it runs in a [`world`] of its own; what has several nodes in it, on
//! real servers.
//!
//! | case | test |
//! | --- | --- |
//! | a value only in L1: L2 is not read | `layers::a_value_only_in_l1_…` |
//! | a value only in L2: returned, L1 filled, the time that remains | `layers::a_value_only_in_l2_…` |
//! | an entry of L2 seems no younger than it is, whoever is far from Redis | `layers::nobody_takes_an_entry_…` |
//! | a hit costs no allocation | `layers::a_hit_in_l1_allocates_nothing` |
//! | 10,000 concurrent misses: one load | `loads::ten_thousand_…` (real servers; and the commands, in a world) |
//! | the first load fails: a waiter's retry succeeds | `loads::after_the_first_load_fails_…` |
//! | nothing is a value, an error is none | `loads::an_empty_list_…`, `loads::an_error_is_cached_nowhere` |
//! | expired, in grace, loading fails: stale, then the error | `fail_safe::an_expired_value_…` |
//! | the source is left alone after a failure | `fail_safe::after_a_failure_…` |
//! | soft limit 200 ms, load 400 ms: stale at 200 ms, then fresh unasked | `fail_safe::a_stale_value_comes_at_the_soft_limit_…` |
//! | what would stand in runs out of grace while a reader waits: the load's value | `fail_safe::whose_stand_in_…` |
//! | hard limit: the error at the limit, nothing leaks | `fail_safe::at_the_hard_limit_…`, `…::hung_loads_…`, `…::a_statement_…` |
//! | a load in the background, ten more callers: one load | `fail_safe::ten_callers_…` |
//! | eager refresh under hammering: exactly one, nobody waits | `eager::a_hammered_value_…` |
//! | tags {x,y}, {y,z}, {x,z}; x invalidated: only {y,z} lives, on three nodes | `tags::of_three_pairs_…`, `tags::of_the_parts_…` |
//! | an entry stored again without a tag no longer dies by it | `tags::an_entry_restored_without_a_tag_…` |
//! | unrelated tags leave entries alone | `tags::an_unrelated_tag_…` |
//! | everything invalidated, then a node starts: it sees no old entry | `nodes::a_node_that_starts_…` |
//! | a write on A: B and C return the new value and publish nothing back | `nodes::what_one_node_writes_…` |
//! | a store that failed announces nothing | `l2_trouble::a_store_that_redis_refuses_…`, `nodes::a_value_that_is_loaded_…` |
//! | Redis and bus down while B writes, both return: all agree | `l2_trouble::redis_and_bus_down_…` |
//! | only one of them returns: nothing false | `l2_trouble::redis_back_without_the_bus_…`, `…::the_bus_back_without_…` |
//! | breaker open: calls skip Redis, and resume | `l2_trouble::an_open_breaker_…` |
//! | L2 was not asked, for the budget's sake, and loading fails: it is asked after all | `spared::where_…`, `spared::at_the_soft_limit_…` |
//! | the forecast falls: a node that only reads gives up less | `spared::a_level_is_left_…` |
//! | of the same, what it was asked for already: not again | `spared::what_l2_was_asked_for_…` |
//! | Redis fails in mid-load: caller and L1 get the value | `l2_trouble::redis_gone_in_the_middle_of_a_load_…` |

mod eager;
mod fail_safe;
mod l2_trouble;
mod layers;
mod loads;
mod nodes;
mod spared;
mod tags;
mod time;
mod world;
