//! A real Slurm of one node, with device files of GPUs that are none: its daemons belong to the test, and need root.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, ensure};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::prometheus::free_port;
use crate::wait_for;

/// A cluster of this machine alone, with two GPUs.
#[derive(Debug)]
pub struct Slurm {
    folder: PathBuf,
    daemons: Vec<Child>,
}

/// A script of slurmd, which has no variables but Slurm's: it sets ours, also those of a file `variables` of the test, notes the
/// time, and runs the one of deploy/slurm.
const WRAPPER: &str = "#!/bin/sh\n\
    [ ! -e @folder@/variables ] || . @folder@/variables\n\
    echo \"$SLURM_JOB_ID @name@ $(date +%s.%N)\" >> @folder@/times\n\
    GPU_CARBON_JOBS=@jobs@ exec @scripts@/@name@.sh\n";

const CONFIGURATION: &str = "ClusterName=test
SlurmctldHost=@host@(127.0.0.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=@folder@/munge.sock,cred_expire=5
CommunicationParameters=NoInAddrAny,NoCtldInAddrAny
SlurmctldPort=@port@
SlurmdPort=@other@
StateSaveLocation=@folder@/state
SlurmdSpoolDir=@folder@/spool
SlurmctldPidFile=@folder@/slurmctld.pid
SlurmdPidFile=@folder@/slurmd.pid
SlurmctldLogFile=@folder@/slurmctld.log
SlurmdLogFile=@folder@/slurmd.log
SlurmdParameters=config_overrides
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
GresTypes=gpu
Prolog=@folder@/prolog
Epilog=@folder@/epilog
PrologFlags=Alloc
ReturnToService=2
SchedulerParameters=bf_interval=1,sched_interval=1
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
NodeName=@host@ NodeAddr=127.0.0.1 CPUs=4 State=UNKNOWN Gres=gpu:2
PartitionName=p Nodes=@host@ Default=YES State=UP
";

impl Slurm {
    /// Starts the daemons in a folder, with the prolog and the epilog of deploy/slurm, which write to the folder `jobs`.
    ///
    /// # Errors
    ///
    /// When Slurm is not installed, this user is not root, or the node does not come up.
    pub fn start(folder: &Path, jobs: &Path) -> Result<Slurm> {
        let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/slurm");
        let host = fs::read_to_string("/proc/sys/kernel/hostname")?;
        let [port, other] = [free_port()?, free_port()?];
        let fill = |text: &str| {
            text.replace("@folder@", &folder.display().to_string())
                .replace("@jobs@", &jobs.display().to_string())
                .replace("@scripts@", &scripts.display().to_string())
                .replace("@host@", host.trim())
                .replace("@port@", &port.to_string())
                .replace("@other@", &other.to_string())
        };
        for name in ["state", "spool"] {
            fs::create_dir_all(folder.join(name))?;
        }
        fs::write(folder.join("slurm.conf"), fill(CONFIGURATION))?;
        let mut gres = "AutoDetect=off\n".to_owned();
        for gpu in ["0", "1"] {
            let device = folder.join(format!("nvidia{gpu}"));
            let made = Command::new("mknod").arg(&device).args(["c", "195", gpu]).status()?;
            ensure!(made.success(), "mknod {}", device.display());
            gres.push_str(&format!("Name=gpu File={}\n", device.display()));
        }
        fs::write(folder.join("gres.conf"), gres)?;
        for name in ["prolog", "epilog"] {
            fs::write(folder.join(name), fill(&WRAPPER.replace("@name@", name)))?;
            fs::set_permissions(folder.join(name), fs::Permissions::from_mode(0o755))?;
        }
        fs::write(folder.join("times"), "")?;
        fs::write(folder.join("munge.key"), [7; 128])?;
        fs::set_permissions(folder.join("munge.key"), fs::Permissions::from_mode(0o400))?;
        let mut slurm = Slurm { folder: folder.to_owned(), daemons: Vec::new() };
        let at = |name: &str, file: &str| format!("{name}={}", folder.join(file).display());
        slurm.run(
            "munged",
            &[
                "--foreground",
                "--force",
                &at("--key-file", "munge.key"),
                &at("--socket", "munge.sock"),
                &at("--pid-file", "munged.pid"),
                &at("--log-file", "munged.log"),
                &at("--seed-file", "munged.seed"),
            ],
        )?;
        wait_for("munged", || Ok(fs::metadata(folder.join("munge.sock"))?))?;
        let configuration = folder.join("slurm.conf").display().to_string();
        slurm.run("slurmctld", &["-D", "-f", &configuration])?;
        slurm.run("slurmd", &["-D", "-f", &configuration])?;
        wait_for("a node that is idle", || {
            let state = slurm.ask("sinfo", &["--noheader", "--format=%T"])?;
            ensure!(state.trim() == "idle", "{state}: {}", slurm.log());
            Ok(())
        })?;
        Ok(slurm)
    }

    /// Starts a daemon in the foreground, so that it ends with its process id.
    fn run(&mut self, name: &str, arguments: &[&str]) -> Result<()> {
        let mut command = Command::new(format!("/usr/sbin/{name}"));
        command.args(arguments).current_dir(&self.folder);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        self.daemons.push(command.spawn().with_context(|| name.to_owned())?);
        Ok(())
    }

    /// The output of a client of Slurm.
    ///
    /// # Errors
    ///
    /// When it fails.
    pub fn ask(&self, client: &str, arguments: &[&str]) -> Result<String> {
        let mut command = Command::new(client);
        command.args(arguments).env("SLURM_CONF", self.folder.join("slurm.conf"));
        let output = command.current_dir(&self.folder).output()?;
        let text = [output.stdout, output.stderr].concat();
        let text = String::from_utf8_lossy(&text).into_owned();
        ensure!(output.status.success(), "{client}: {text}");
        Ok(text)
    }

    /// Submits a job that holds GPUs while a command of the shell runs. Returns its number.
    ///
    /// # Errors
    ///
    /// When Slurm refuses it.
    pub fn submit(&self, gpus: u32, command: &str) -> Result<String> {
        let gres = format!("--gres=gpu:{gpus}");
        let arguments = ["--parsable", "--requeue", "--output=/dev/null", &gres, "--wrap", command];
        Ok(self.ask("sbatch", &arguments)?.trim().to_owned())
    }

    /// The times at which a job had its prolog and its epilog, in seconds since the epoch: one pair for each run.
    ///
    /// # Errors
    ///
    /// When the notes cannot be read.
    pub fn runs_of(&self, job: &str) -> Result<Vec<(f64, Option<f64>)>> {
        let notes = fs::read_to_string(self.folder.join("times"))?;
        let mut runs: Vec<(f64, Option<f64>)> = Vec::new();
        for line in notes.lines() {
            let mut words = line.split(' ');
            if words.next() != Some(job) {
                continue;
            }
            let kind = words.next();
            let time: f64 = words.next().context("a time")?.parse()?;
            match (kind, runs.last_mut()) {
                (Some("prolog"), _) => runs.push((time, None)),
                (_, Some((_, end))) => *end = Some(time),
                _ => {}
            }
        }
        Ok(runs)
    }

    /// The end of the logs, for the message of a test that fails.
    #[must_use]
    pub fn log(&self) -> String {
        let end = |name: &str| {
            let text = fs::read_to_string(self.folder.join(name)).unwrap_or_default();
            text.lines().rev().take(5).collect::<Vec<_>>().join("\n")
        };
        ["slurmctld.log", "slurmd.log", "munged.log"].map(end).join("\n")
    }
}

impl Drop for Slurm {
    fn drop(&mut self) {
        // The steps of jobs are processes of their own, which end with their jobs.
        let _ = self.ask("scancel", &["--user=root"]);
        let _ = wait_for("the end of jobs", || {
            ensure!(self.ask("squeue", &["--noheader"])?.trim().is_empty());
            Ok(())
        });
        for daemon in self.daemons.iter_mut().rev() {
            if let Ok(pid) = i32::try_from(daemon.id()) {
                let _ = kill(Pid::from_raw(pid), Signal::SIGTERM);
            }
            let _ = daemon.wait();
        }
    }
}
