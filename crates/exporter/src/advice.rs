//! The advice for an error of the driver.

/// The advice for a kind of error, in words.
pub(crate) fn advice(kind: &str) -> &'static str {
    match kind {
        "library_not_found" => {
            "install NVIDIA's driver, set --nvml.library to the path of libnvidia-ml.so.1, or give a container the \
             capability `utility` (NVIDIA_DRIVER_CAPABILITIES=utility); without a GPU, try simulated ones by \
             `cargo xtask demo`"
        }
        "driver_not_loaded" => "load the driver's kernel modules (modprobe nvidia)",
        "version_mismatch" => {
            "the driver was upgraded while it was loaded: reload its kernel modules, or reboot"
        }
        "no_permission" => "let this user read and write /dev/nvidia*",
        "unknown" => {
            "if this is a container, its devices may have been revoked: restart it; else see `nvidia-smi`"
        }
        "gpu_lost" => "see `dmesg` for an Xid; reset the GPU, or reboot",
        "reset_required" => "reset the GPU (nvidia-smi --gpu-reset), or reboot",
        "not_supported" | "function_not_found" => {
            "the GPU reports neither its energy nor its power"
        }
        "hang" => "see `dmesg` for an Xid; if `nvidia-smi` hangs too, reset the GPU or reboot",
        "no_gpu" => "check the GPUs by `nvidia-smi -L`, and `gpus` in the configuration",
        "duplicate" => "the driver reports one GPU twice: see `nvidia-smi -L`",
        _ => "see the exporter's log, and `nvidia-smi`",
    }
}
