//! Versions of NVML's structures.

/// The version word of a structure, as NVML's macro `NVML_STRUCT_VERSION` computes it: the size in bytes, and the version
/// in the highest byte.
pub(super) fn struct_version<T>(version: u32) -> u32 {
    u32::try_from(size_of::<T>()).unwrap_or_default() | (version << 24)
}
