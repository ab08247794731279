//! A wall clock that is set while jobs hold GPUs.

use anyhow::Result;
use gpu_carbon_tests::exporter::{Exporter, command};
use gpu_carbon_tests::fake_proc::FakeProc;
use gpu_carbon_tests::scrape::Scrape;
use gpu_carbon_tests::set_clock::SetClock;

use super::{GPUS, WATTS, joules_of, machine, of_workload, run, scrape, scrape_until};

fn energy_of(scrape: &Scrape, gpu: usize, name: &str) -> Result<f64> {
    of_workload(scrape, gpu, "energy_joules", name)
}

#[test]
fn holders_pay_on_when_the_clock_is_set_back_and_forward() {
    // GPU 0 is held by a job, GPU 1 by a process.
    let script = GPUS.replace(
        "constant 100\"\ncounter_step_ms = 20\n",
        "constant 100\"\ncounter_step_ms = 20\nprocesses = [{pid = 11}]\n",
    );
    let machine = machine(&script, "[slurm, processes]", "");
    let procfs = FakeProc::new(machine.path("proc")).unwrap();
    procfs.add(11, "/system.slice/notebook.service").unwrap();
    let clock = SetClock::at(machine.path("clock"));
    clock.set(0.0).unwrap();
    let mut command = command(&machine).unwrap();
    command.arg("--path.procfs").arg(procfs.root());
    clock.apply_to(&mut command);
    let exporter = Exporter::run(command).unwrap();
    run("prolog.sh", &machine, "17", "0");
    let holders = [(0, "slurm:17", WATTS), (1, "unit:notebook.service", 100.0)];
    scrape_until("both holders", &exporter, |it| {
        Ok(energy_of(it, 0, "slurm:17")? > WATTS && energy_of(it, 1, holders[1].1)? > 100.0)
    });
    for offset in [-3600.0, 0.0, 7200.0, -600.0] {
        let before = scrape(&exporter).unwrap();
        clock.set(offset).unwrap();
        let after = scrape_until("energy of both holders", &exporter, |it| {
            let more = |(gpu, name, watts): (usize, &str, f64)| {
                let more = energy_of(it, gpu, name)? - energy_of(&before, gpu, name)?;
                Ok::<_, anyhow::Error>(more > 4.0 * watts)
            };
            Ok(more(holders[0])? && more(holders[1])?)
        });
        for (gpu, _, watts) in holders {
            let of_others = ["unallocated", "unknown"].map(|allocation| {
                let since = |it| joules_of(it, gpu, allocation).unwrap();
                since(&after) - since(&before)
            });
            // The thread of the holders sees the clock a moment later.
            let most = 2.0 * watts;
            assert!(
                of_others.iter().sum::<f64>() <= most,
                "{offset} s: GPU {gpu}: {of_others:?} J"
            );
        }
    }
}
