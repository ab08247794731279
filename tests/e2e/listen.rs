//! The addresses on which the exporter listens.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::os::unix::net::{UnixListener, UnixStream};
use std::process::Command;

use gpu_carbon_tests::exporter::{self, Exporter, startup_error};
use gpu_carbon_tests::machine::Machine;

const GPU: &str = "[[gpu]]\nmodel = \"h100\"\npower = \"constant 360\"\n";

const REQUEST: &[u8] = b"GET /-/healthy HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";

#[track_caller]
fn assert_healthy(mut stream: impl Read + Write) {
    stream.write_all(REQUEST).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("healthy\n"), "{answer}");
}

/// The addresses in the log, in their order.
fn addresses(exporter: &Exporter) -> Vec<String> {
    let log = exporter.log();
    let fields = log.split_whitespace().filter_map(|field| field.strip_prefix("address="));
    fields.map(str::to_owned).collect()
}

#[test]
fn it_listens_on_several_addresses() {
    let machine = Machine::new(GPU).unwrap();
    let path = machine.path("exporter.sock");
    let unix = format!("unix:{}", path.display());
    // Left by a process that was killed.
    drop(UnixListener::bind(&path).unwrap());
    let mut command = exporter::command(&machine).unwrap();
    command.arg("--web.listen-address").arg(&unix);
    command.arg("--web.listen-address=localhost:0,127.0.0.1:0");
    let exporter = Exporter::run(command).unwrap();
    gpu_carbon_tests::wait_for("the log", || {
        let count = addresses(&exporter).len();
        anyhow::ensure!(count == 4, "{count} addresses");
        Ok(())
    })
    .unwrap();
    let addresses = addresses(&exporter);
    assert_eq!(addresses[0], unix);
    for address in &addresses[1..] {
        assert_healthy(TcpStream::connect(address).unwrap());
    }
    for _ in 0..2 {
        assert_healthy(UnixStream::connect(&path).unwrap());
    }
    // A second exporter does not take the socket away.
    let mut second = exporter::command(&machine).unwrap();
    second.args(["--web.listen-address=127.0.0.1:0", "--web.listen-address"]).arg(&unix);
    let (status, message) = startup_error(second).unwrap();
    assert_eq!(status, Some(1), "{message}");
    assert!(message.contains(&format!("cannot listen on {unix}")), "{message}");
    assert!(message.contains("in use"), "{message}");
    assert_healthy(UnixStream::connect(&path).unwrap());
    assert_eq!(exporter.terminate().unwrap().0, Some(0));
    assert!(!path.exists(), "the socket's file is removed");
}

#[test]
fn one_address_in_use_stops_the_start_and_leaves_nothing() {
    let machine = Machine::new(GPU).unwrap();
    let path = machine.path("exporter.sock");
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let mut command = exporter::command(&machine).unwrap();
    command.arg(format!("--web.listen-address=unix:{},127.0.0.1:0,{address}", path.display()));
    let (status, message) = startup_error(command).unwrap();
    assert_eq!((status, message.lines().count()), (Some(1), 1), "{message}");
    assert!(message.contains(&format!("cannot listen on {address}")), "{message}");
    assert!(message.contains("--web.listen-address"), "{message}");
    assert!(!path.exists(), "the socket's file is removed");
}

#[test]
fn an_address_that_is_given_twice_is_refused() {
    let machine = Machine::new(GPU).unwrap();
    let path = machine.path("exporter.sock");
    let port = gpu_carbon_tests::prometheus::free_port().unwrap();
    for address in [format!("unix:{}", path.display()), format!("127.0.0.1:{port}")] {
        let mut command = exporter::command(&machine).unwrap();
        command.arg(format!("--web.listen-address={address},{address}"));
        let (status, message) = startup_error(command).unwrap();
        assert_eq!((status, message.lines().count()), (Some(1), 1), "{message}");
        assert!(message.contains(&format!("cannot listen on {address}")), "{message}");
        assert!(!path.exists(), "the socket's file is removed");
    }
}

#[test]
fn a_file_that_is_no_socket_is_left_as_it_is() {
    let machine = Machine::new(GPU).unwrap();
    let path = machine.path("precious");
    std::fs::write(&path, "text").unwrap();
    let mut command = exporter::command(&machine).unwrap();
    command.arg(format!("--web.listen-address=unix:{}", path.display()));
    let (status, message) = startup_error(command).unwrap();
    assert_eq!(status, Some(1), "{message}");
    assert!(message.contains("precious") && message.contains("is no socket"), "{message}");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "text");
}

#[test]
fn an_address_that_is_none_is_refused() {
    let machine = Machine::new(GPU).unwrap();
    for address in ["9877", "::1:9877", "http://x:80", ":99999"] {
        let mut command = exporter::command(&machine).unwrap();
        command.args(["--web.listen-address", address]);
        let (status, message) = startup_error(command).unwrap();
        assert_eq!(status, Some(2), "{message}");
        for part in [address, "--web.listen-address", "HOST:PORT", "unix:PATH"] {
            assert!(message.contains(part), "`{part}` is not in: {message}");
        }
    }
    // Addresses that this host does not have; the second is one of the loopback interface.
    for address in
        ["no-such-host.invalid:9877", "[fe80::dead:beef%lo]:9877", "[fe80::1%nowhere]:9877"]
    {
        let mut unknown = exporter::command(&machine).unwrap();
        unknown.args(["--web.listen-address", address]);
        let (status, message) = startup_error(unknown).unwrap();
        assert_eq!(status, Some(1), "{message}");
        assert!(message.contains(&format!("cannot listen on {address}")), "{message}");
    }
}

/// The command as a service manager starts it: with a socket as the third file descriptor.
fn with_socket(command: &Command, socket: OwnedFd) -> Command {
    let mut shell = Command::new("sh");
    let script = "exec 3<&0 0</dev/null; export LISTEN_PID=$$ LISTEN_FDS=1; exec \"$@\"";
    shell.args(["-c", script, "sh"]).arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    shell.stdin(socket);
    shell
}

#[test]
fn it_listens_on_the_sockets_of_systemd() {
    let machine = Machine::new(GPU).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let early = TcpStream::connect(address).unwrap(); // before the exporter runs
    let mut command = exporter::command(&machine).unwrap();
    command.arg("--web.systemd-socket");
    let exporter = Exporter::run(with_socket(&command, listener.into())).unwrap();
    assert_eq!(exporter.address, address);
    assert_healthy(early);
    assert_healthy(TcpStream::connect(address).unwrap());
    assert_eq!(exporter.terminate().unwrap().0, Some(0));

    let path = machine.path("systemd.sock");
    let listener = UnixListener::bind(&path).unwrap();
    let mut exporter = with_socket(&command, listener.into()).spawn().unwrap();
    assert_healthy(UnixStream::connect(&path).unwrap());
    exporter.kill().unwrap();
    exporter.wait().unwrap();
    assert!(path.exists(), "the file belongs to systemd");
}

#[test]
fn sockets_that_cannot_be_used_are_refused() {
    let machine = Machine::new(GPU).unwrap();
    let mut command = exporter::command(&machine).unwrap();
    command.arg("--web.systemd-socket");
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let connected = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let none: OwnedFd = std::fs::File::open("/dev/null").unwrap().into();
    for socket in [none, connected.into()] {
        let (status, message) = startup_error(with_socket(&command, socket)).unwrap();
        assert_eq!((status, message.lines().count()), (Some(1), 1), "{message}");
        assert!(message.contains("--web.systemd-socket: socket 0"), "{message}");
    }
    let (status, message) = startup_error(command).unwrap();
    assert_eq!((status, message.lines().count()), (Some(1), 1), "{message}");
    assert!(message.contains("systemd passed no socket"), "{message}");
}
