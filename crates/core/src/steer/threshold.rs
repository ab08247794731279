//! The policy with a threshold, and the balance of a pause that it would begin.

use super::reason::Reason;
use super::settings::Settings;
use super::wish::{Situation, Wish};
use crate::exposure::Exposures;
use crate::series::Series;
use crate::time::{Interval, Span, Timestamp};
use crate::units::Intensity;

/// The length that a pause is expected to have if no forecast says when the intensity falls.
const USUAL_PAUSE: Span = Span::from_seconds(3600);

/// The wish at an intensity: between both thresholds the job stays as it is.
pub(super) fn wish(
    settings: &Settings,
    (below, resume_below): (Intensity, Intensity),
    intensity: Option<Intensity>,
    known: Option<&Series>,
    job: &Situation,
) -> Wish {
    let Some(intensity) = intensity else { return Wish::unknown(settings.unknown, job) };
    let limit = if job.running || !job.begun { below } else { resume_below };
    if intensity <= limit {
        return Wish::run(Reason::Below { intensity, limit });
    }
    if job.running && !pause_pays(settings, resume_below, intensity, known, job) {
        return Wish::run(Reason::PauseCostsMore);
    }
    Wish::wait(Reason::Above { intensity, limit })
}

/// Reports whether a pause from now on is expected to save more than it costs. It lasts until the forecast is low
/// enough, at the most until the job must run; without a forecast, for an hour. The work of that time is then done at
/// the intensity at which the job resumes.
fn pause_pays(
    settings: &Settings,
    resume_below: Intensity,
    intensity: Intensity,
    known: Option<&Series>,
    job: &Situation,
) -> bool {
    let limits = settings.pauses;
    let most = job.spare.unwrap_or(Span::ALL);
    let forecast = known.and_then(|known| fall(known, resume_below, job.now, limits.min_pause));
    let (length, resumes_at) = match forecast {
        Some((time, intensity)) if time.duration_since(job.now) <= most => {
            (time.duration_since(job.now), intensity)
        }
        _ => (USUAL_PAUSE.max(limits.min_pause).min(most), resume_below),
    };
    let mean = |span: Span| {
        let until = Interval::new(job.now, job.now + span);
        let covered = known.and_then(|known| Exposures::of(known).over(until).ok());
        covered.and_then(|exposure| exposure.mean_over(span)).unwrap_or(intensity)
    };
    let deferred = job.left.map_or(length, |left| left.min(length));
    let (power, paused) = (settings.weight(), limits.paused_power);
    let saves = power * deferred * mean(deferred);
    let later = power * deferred * resumes_at;
    let costs = paused * length * mean(length)
        + limits.energy * resumes_at
        + power * limits.time * resumes_at;
    saves > later + costs
}

/// The first time, after a least pause, at which the forecast is at or below an intensity, and its value then; `None`
/// if it is not within what is known.
fn fall(
    known: &Series,
    below: Intensity,
    now: Timestamp,
    least: Span,
) -> Option<(Timestamp, Intensity)> {
    let later = now + least;
    known.segments(Interval::new(later, known.extent().end())).find_map(|segment| {
        let value = segment.intensity.filter(|&value| value <= below)?;
        Some((segment.interval.start(), value))
    })
}
