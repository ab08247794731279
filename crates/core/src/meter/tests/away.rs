//! GPUs that were not read for a while, within a run or between two.

use crate::meter::tests::simulated::{Gpu, SECOND, shows};
use crate::meter::{CounterEvent, CounterReading, Disbelief, Method, PriorState};

#[test]
fn a_gpu_that_was_away_is_counted_by_its_counter() {
    let mut gpu =
        Gpu::new(&|_| 70.0, &|now| shows(70.0 * now + if now > 3000.0 { 2e6 } else { 0.0 }));
    gpu.read_for(90.0);
    gpu.now = 3600.0;
    gpu.read_for(300.0);
    gpu.check(70.0 * 3900.0 + 2e6, 100.0);
    assert!(gpu.events.is_empty(), "{:?}", gpu.events);
}

#[test]
fn a_counter_that_fails_at_a_restart_shows_the_time_before_it_when_it_answers() {
    const AWAY: f64 = 600.0;
    for failing in [0.5, 1.5, 40.0, 200.0] {
        let counted = |at| PriorState::Counter { at, millijoules: 1_000_000 };
        let counter = |now: f64| match now {
            now if now < failing => CounterReading::Failed,
            now => shows(1000.0 + 300.0 * (AWAY + now)),
        };
        let mut gpu = Gpu::new(&|_| 300.0, &counter).resumed(AWAY, counted);
        gpu.read_for(400.0);
        gpu.check(300.0 * (AWAY + 399.0), SECOND);
        // For a minute, the counter is waited for.
        let unseen = if failing > 60.0 { AWAY } else { 0.0 };
        assert!((gpu.unseen - unseen).abs() < 1e-6, "{failing} s: {} s", gpu.unseen);
        assert_eq!((gpu.method, gpu.events.len()), (Method::Counter, 0));

        // The driver was loaded again, a hundred seconds before.
        let counter = |now: f64| match now {
            now if now < failing => CounterReading::Failed,
            now => shows(300.0 * (100.0 + now)),
        };
        let restarted = |at| PriorState::Restarted { at };
        let mut gpu = Gpu::new(&|_| 300.0, &counter).resumed(AWAY, restarted);
        gpu.read_for(400.0);
        gpu.check(300.0 * (100.0 + 399.0), SECOND);
        assert_eq!(gpu.events, [CounterEvent::Reset]);
    }
}

#[test]
fn a_counter_that_restarted_while_the_gpu_was_away_shows_the_energy_since_then() {
    for restarted_before in [0.2, 5.0, 100.0, 599.0] {
        let counted = |at| PriorState::Counter { at, millijoules: 1_000_000_000 };
        let counter = |now: f64| shows(300.0 * (restarted_before + now));
        let mut gpu = Gpu::new(&|_| 300.0, &counter).resumed(600.0, counted);
        gpu.read_for(400.0);
        gpu.check(300.0 * (restarted_before + 399.0), SECOND);
        assert_eq!(gpu.events, [CounterEvent::Reset]);
    }
}

#[test]
fn a_counter_that_never_answers_again_leaves_the_time_of_a_restart_unseen() {
    for prior in [
        |at| PriorState::Counter { at, millijoules: 1_000_000 },
        |at| PriorState::Restarted { at },
        |at| PriorState::Power { at },
    ] {
        let mut gpu = Gpu::new(&|_| 300.0, &|_| CounterReading::Failed).resumed(600.0, prior);
        gpu.read_for(400.0);
        gpu.check(300.0 * 400.0, SECOND);
        assert!((gpu.unseen - 600.0).abs() < 1e-6, "{} s", gpu.unseen);
    }
}

#[test]
fn a_counter_that_dies_before_the_gpu_was_away_leaves_that_time_unseen_and_not_without_energy() {
    let counter = |now: f64| shows(300.0 * now.min(30.0));
    let mut gpu = Gpu::new(&|_| 300.0, &counter);
    gpu.read_for(50.0);
    gpu.now = 90.0;
    gpu.read_for(200.0);
    gpu.check(300.0 * (290.0 - gpu.unseen), SECOND);
    assert!((40.0..42.0).contains(&gpu.unseen), "{} s", gpu.unseen);
    assert_eq!(gpu.disbeliefs(), [Disbelief::Stands]);
}

#[test]
fn a_gpu_that_drew_nothing_while_it_was_away_has_no_dead_counter() {
    let counter = |now: f64| shows(300.0 * if now < 100.0 { now } else { 100.0 + (now - 3700.0) });
    let mut gpu = Gpu::new(&|_| 300.0, &counter);
    gpu.read_for(100.0);
    gpu.now = 3700.0;
    gpu.read_for(200.0);
    gpu.check(300.0 * 299.0, SECOND);
    assert_eq!((gpu.events.len(), gpu.unseen), (0, 0.0), "{:?}", gpu.events);
}

#[test]
fn a_counter_that_restarted_is_noticed_by_processes_that_live_for_a_second() {
    // It restarted while no process ran, and passes its old value 40 s later.
    let counter = |now: f64| shows(if now < 40.0 { 300.0 * now } else { 300.0 * (now - 42.0) });
    let mut gpu = Gpu::new(&|_| 300.0, &counter);
    gpu.read_for(40.0);
    gpu.restart_process(5.0);
    for _ in 0..20 {
        gpu.read_for(1.0);
        gpu.restart_process(1.5);
    }
    gpu.read_for(60.0);
    // Nothing shows the energy of the three seconds between the last reading and the restart.
    gpu.check(300.0 * (gpu.now - 1.0 - 3.0), 1e-6);
    assert_eq!((gpu.events.as_slice(), gpu.unseen), ([CounterEvent::Reset].as_slice(), 0.0));
}

#[test]
fn a_counter_that_is_not_believed_is_not_believed_by_the_next_process() {
    let mut gpu = Gpu::new(&|now| 300.0 + now % 1.7, &|now| shows(1e6 + 3e5 * now));
    gpu.read_for(300.0);
    assert_eq!((gpu.disbeliefs().len(), gpu.method), (1, Method::Integrated));
    let joules = gpu.joules;
    for _ in 0..20 {
        gpu.restart_process(2.0);
        gpu.read_for(10.0);
    }
    assert_eq!(gpu.disbeliefs().len(), 1);
    assert!((gpu.joules - joules - 301.0 * 200.0).abs() < 2000.0, "{} J", gpu.joules);
    assert!((gpu.unseen - 20.0 * 2.0).abs() < 20.0, "{} s", gpu.unseen);
}

#[test]
fn energy_that_a_wrong_counter_counted_too_much_is_not_counted_again_by_the_next_process() {
    // The counter runs far ahead of the power, which a minute proves.
    for killed_after in [130.0, 150.0, 200.0] {
        let mut gpu = Gpu::new(&|now| 15.0 + 0.01 * (now % 1.7), &|now| shows(1500.0 * now));
        gpu.read_for(killed_after);
        gpu.restart_process(1.0);
        gpu.read_for(600.0);
        let most = 15.02 * (killed_after + 600.0);
        assert!(gpu.joules <= most + 100.0, "{} J of {most} J: {:?}", gpu.joules, gpu.events);
    }
}

#[test]
fn a_counter_that_restarts_while_the_gpu_hangs_leaves_the_time_before_that_unseen() {
    for hang in [5.5_f64, 7.0, 14.0] {
        for restarted_after in [0.01, 0.3, 0.5, 0.9, 1.0] {
            let restarted = 29.0 + hang * restarted_after;
            let counter = move |now: f64| {
                shows(if now < restarted { 9e6 + 300.0 * now } else { 300.0 * (now - restarted) })
            };
            let mut gpu = Gpu::new(&|_| 300.0, &counter);
            gpu.read_for(30.0);
            gpu.now = 29.0 + hang;
            gpu.next_counter = gpu.now;
            gpu.read_for(60.0);
            assert_eq!(gpu.events, [CounterEvent::Reset], "{hang} s");
            let end = gpu.now - 1.0;
            // Nothing shows the energy between the last reading and the restart.
            gpu.check(300.0 * (end - (restarted - 29.0)), 1e-3);
            let (unseen, lost) = (gpu.unseen, restarted - 29.0);
            assert!((unseen - lost).abs() < 1e-3, "{unseen} s, {lost} s are lost");
        }
    }
}
