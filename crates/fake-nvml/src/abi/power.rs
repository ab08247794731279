//! Power, its limits, and energy.

use super::call::Device;
use super::{Array, Out, exports};
use crate::counter;
use crate::driver::DeviceHandle;
use crate::nvml_error::NvmlError;
use crate::quantity::Microwatts;
use nvml_wrapper_sys::bindings::field_id::{
    NVML_FI_DEV_POWER_AVERAGE, NVML_FI_DEV_POWER_INSTANT, NVML_FI_DEV_TOTAL_ENERGY_CONSUMPTION,
};
use nvml_wrapper_sys::bindings::{
    NVML_POWER_SCOPE_GPU, NVML_POWER_SCOPE_MODULE, nvmlFieldValue_t, nvmlValue_t,
    nvmlValueType_enum_NVML_VALUE_TYPE_UNSIGNED_INT as UNSIGNED_INT,
    nvmlValueType_enum_NVML_VALUE_TYPE_UNSIGNED_LONG_LONG as UNSIGNED_LONG_LONG, nvmlValueType_t,
};
use std::ffi::{c_int, c_uint, c_ulonglong};

/// The window of [`NVML_FI_DEV_POWER_AVERAGE`], which NVIDIA gives as one second.
const AVERAGE_WINDOW_MS: u32 = 1_000;

exports! {
    fn nvmlDeviceGetPowerUsage(device: DeviceHandle, milliwatts: Out<c_uint>) |call| {
        let device = call.gpu(device)?;
        let power = device.power(device.gpu().power_window_ms)?;
        milliwatts.set(power.as_milliwatts())
    };
    fn nvmlDeviceGetTotalEnergyConsumption(device: DeviceHandle, millijoules: Out<c_ulonglong>) |call| {
        millijoules.set(call.gpu(device)?.energy_millijoules()?)
    };
    fn nvmlDeviceGetEnforcedPowerLimit(device: DeviceHandle, milliwatts: Out<c_uint>) |call| {
        milliwatts.set(call.gpu(device)?.limit(|gpu| gpu.power_limit_watts)?)
    };
    fn nvmlDeviceGetPowerManagementLimit(device: DeviceHandle, milliwatts: Out<c_uint>) |call| {
        milliwatts.set(call.gpu(device)?.limit(|gpu| gpu.power_limit_watts)?)
    };
    fn nvmlDeviceGetPowerManagementDefaultLimit(device: DeviceHandle, milliwatts: Out<c_uint>) |call| {
        milliwatts.set(call.gpu(device)?.limit(|gpu| gpu.model.preset().default_limit_watts)?)
    };
    fn nvmlDeviceGetPowerManagementLimitConstraints(device: DeviceHandle, least: Out<c_uint>, most: Out<c_uint>) |call| {
        let device = call.gpu(device)?;
        least.set(device.limit(|gpu| gpu.model.preset().limits_watts.0)?)?;
        most.set(device.limit(|gpu| gpu.model.preset().limits_watts.1)?)
    };
    fn nvmlDeviceGetPowerManagementMode(device: DeviceHandle, mode: Out<c_uint>) |call| {
        mode.set(c_uint::from(call.gpu(device)?.gpu().reports_power))
    };
    fn nvmlDeviceGetFieldValues(device: DeviceHandle, count: c_int, values: Array<nvmlFieldValue_t>) |call| {
        let device = call.gpu(device)?;
        let count = usize::try_from(count).ok().filter(|count| *count > 0).ok_or(NvmlError::InvalidArgument)?;
        (0..count).try_for_each(|place| device.answer_field(&values.at(place)))
    };
}

impl Device {
    fn power(&self, window_ms: u32) -> Result<Microwatts, NvmlError> {
        if self.gpu().reports_power {
            Ok(counter::mean_power(&self.node.live.power, self.at, window_ms))
        } else {
            Err(NvmlError::NotSupported)
        }
    }

    fn module_power(&self, window_ms: u32) -> Result<Microwatts, NvmlError> {
        let power = self.gpu().module_power.as_ref().ok_or(NvmlError::NotSupported)?;
        Ok(counter::mean_power(power, self.at, window_ms))
    }

    fn energy_millijoules(&self) -> Result<u64, NvmlError> {
        if self.gpu().counter {
            Ok(counter::energy_at(self.gpu(), &self.node.live.power, self.at).as_millijoules())
        } else {
            Err(NvmlError::NotSupported)
        }
    }

    fn limit(&self, watts: impl FnOnce(&crate::script::Gpu) -> f64) -> Result<u32, NvmlError> {
        let limit = Microwatts::from_watts(watts(self.gpu())).filter(|_| self.gpu().reports_power);
        limit.map(Microwatts::as_milliwatts).ok_or(NvmlError::NotSupported)
    }

    /// One value of `nvmlDeviceGetFieldValues`, which carries an error of its own.
    fn answer_field(&self, value: &Out<nvmlFieldValue_t>) -> Result<(), NvmlError> {
        let [field, scope] = value.leading_words()?;
        let (code, kind, content) = match self.field(field, scope) {
            Ok((kind, content)) => (0, kind, content),
            Err(error) => (error.code(), UNSIGNED_INT, nvmlValue_t { ullVal: 0 }),
        };
        value.set(nvmlFieldValue_t {
            fieldId: field,
            scopeId: scope,
            timestamp: self.at.as_nanos() / 1_000,
            latencyUsec: 0,
            valueType: kind,
            nvmlReturn: code,
            value: content,
        })
    }

    fn field(&self, field: u32, scope: u32) -> Result<(nvmlValueType_t, nvmlValue_t), NvmlError> {
        if let Some(error) = self.gpu().field_error(field) {
            return Err(error);
        }
        let power = |window| match scope {
            NVML_POWER_SCOPE_GPU => self.power(window),
            NVML_POWER_SCOPE_MODULE => self.module_power(window),
            _ => Err(NvmlError::NotSupported),
        };
        let milliwatts = |power: Microwatts| {
            (UNSIGNED_INT, nvmlValue_t { ullVal: power.as_milliwatts().into() })
        };
        match field {
            NVML_FI_DEV_TOTAL_ENERGY_CONSUMPTION => {
                Ok((UNSIGNED_LONG_LONG, nvmlValue_t { ullVal: self.energy_millijoules()? }))
            }
            NVML_FI_DEV_POWER_AVERAGE => power(AVERAGE_WINDOW_MS).map(milliwatts),
            NVML_FI_DEV_POWER_INSTANT => power(0).map(milliwatts),
            _ => Err(NvmlError::NotSupported),
        }
    }
}
