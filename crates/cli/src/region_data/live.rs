//! The live answers of services, asked side by side.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread;
use std::time::Duration;

use gpu_carbon_core::what_if::SEASON_DAYS;
use gpu_carbon_core::{Interval, Quality, Series, Signal, Span, Timestamp, format};
use gpu_carbon_feeds::regions::GridZone;
use gpu_carbon_feeds::{self as feeds, ServiceResponse, rfc3339};
use gpu_carbon_fetch::{FetchError, Query, Service};

use super::access::{Access, access};
use super::query::DataQuery;
use crate::clock::Deadline;

/// The number of requests at once: a service is not flooded, and 60 zones take a few rounds.
const SIDE_BY_SIDE: usize = 8;

/// The longest wait for all services together.
const PATIENCE: Duration = Duration::from_secs(20);

/// The greatest number of requests for the last days of a service without a forecast.
const MOST_REQUESTS: usize = 4;

/// The reach of the longest forecasts: a later start is not asked for.
const LONGEST_FORECAST: Span = Span::from_seconds(72 * 3600);

/// The values of a service around the present.
#[derive(Debug)]
pub(crate) struct LiveData {
    /// The service.
    pub(crate) service: feeds::Service,
    /// The zone, as the service names it.
    pub(crate) zone: String,
    /// The values: measured ones, and the forecast.
    pub(crate) series: Series,
    /// The time of the newest value that is not a forecast.
    pub(crate) newest: Option<Timestamp>,
}

/// The answer of the services of a zone.
#[derive(Debug, Default)]
pub(crate) struct LiveAnswer {
    /// The values of the first service that answered.
    pub(crate) data: Option<LiveData>,
    /// The values of another marginal service, where the first one is marginal: how far two of them disagree belongs to the answer.
    pub(crate) other: Option<LiveData>,
    /// The reasons why others did not.
    pub(crate) failures: Vec<String>,
}

/// A zone, its place among the zones, and its services that can be asked.
struct Task {
    place: usize,
    services: Vec<Service>,
}

/// Asks the services of each zone, in the order of the zones.
pub(super) fn ask(zones: &[&'static GridZone], query: &DataQuery) -> Vec<LiveAnswer> {
    let mut answers: Vec<_> = zones.iter().map(|_| LiveAnswer::default()).collect();
    if query.offline {
        return answers;
    }
    let is_late = query.needed.start() > query.now + LONGEST_FORECAST;
    // The last days answer for two weeks: later, the season is another.
    let is_far = query.needed.start() > query.now + Span::from_days(SEASON_DAYS);
    let mut tasks = VecDeque::new();
    for (place, (zone, answer)) in zones.iter().zip(&mut answers).enumerate() {
        let mut services = Vec::new();
        for source in &zone.services {
            if query.signal.is_some_and(|asked| asked != source.service.signal()) {
                continue;
            }
            let reaches = if source.service.has_forecast() { !is_late } else { !is_far };
            match access(*source, query.base_url.as_deref()) {
                Access::Ready(service) if reaches => services.push(*service),
                Access::Ready(_) => answer.failures.push(format!(
                    "no forecast of {} reaches {}",
                    source.service.title(),
                    rfc3339::format(query.needed.start())
                )),
                // Two zones of one service lack the same account.
                Access::Missing(reason) if answer.failures.contains(&reason) => {}
                Access::Missing(reason) => answer.failures.push(reason),
            }
        }
        // Those with a forecast are asked first.
        services.sort_by_key(|service| !service.kind().has_forecast());
        if !services.is_empty() {
            tasks.push_back(Task { place, services });
        }
    }
    for (place, mut answer) in side_by_side(tasks, query) {
        if let Some(slot) = answers.get_mut(place) {
            answer.failures.append(&mut slot.failures);
            *slot = answer;
        }
    }
    answers
}

/// Works on the tasks in a few threads, and returns what is done in time; a task that is not has a failure.
fn side_by_side(tasks: VecDeque<Task>, query: &DataQuery) -> BTreeMap<usize, LiveAnswer> {
    let late = |task: &Task| {
        let names = task.services.iter().map(|service| service.kind().title());
        let failures =
            names.map(|name| format!("{name} has not answered within {} s", PATIENCE.as_secs()));
        (task.place, LiveAnswer { failures: failures.collect(), ..LiveAnswer::default() })
    };
    let mut answers: BTreeMap<usize, LiveAnswer> = tasks.iter().map(late).collect();
    let mut waiting = tasks.len();
    let threads = waiting.min(SIDE_BY_SIDE);
    let tasks = Arc::new(Mutex::new(tasks));
    let (sender, receiver) = mpsc::channel();
    for _ in 0..threads {
        let (tasks, sender, query) = (Arc::clone(&tasks), sender.clone(), query.clone());
        // A thread that is late ends with the program.
        thread::spawn(move || {
            loop {
                let next = tasks.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
                let Some(task) = next else { return };
                if sender.send((task.place, first_answer(task.services, &query))).is_err() {
                    return;
                }
            }
        });
    }
    let deadline = Deadline::after(PATIENCE);
    while waiting > 0 {
        let Ok((place, answer)) = receiver.recv_timeout(deadline.left()) else { break };
        answers.insert(place, answer);
        waiting -= 1;
    }
    answers
}

/// The answer of the first service that has one, and that of another marginal one beside it.
fn first_answer(services: Vec<Service>, query: &DataQuery) -> LiveAnswer {
    let mut answer = LiveAnswer::default();
    let mut services = services.into_iter();
    for mut service in services.by_ref() {
        match values(&mut service, query) {
            Ok(data) => {
                answer.data = Some(data);
                break;
            }
            Err(error) => answer.failures.push(format!("{}: {error}", service.kind().title())),
        }
    }
    if answer.data.as_ref().is_some_and(|data| data.service.signal() == Signal::Marginal) {
        let mut others = services.filter(|it| it.kind().signal() == Signal::Marginal);
        answer.other = others.find_map(|mut other| values(&mut other, query).ok());
    }
    answer
}

/// Asks one service for the history, the present and the forecast that a plan needs.
fn values(service: &mut Service, query: &DataQuery) -> Result<LiveData, String> {
    let (now, needed) = (query.now, query.needed);
    let mut responses = Vec::new();
    let is_ahead = needed.start() + service.lookback() >= now;
    if needed.start() + service.lookback() < now {
        let past = Interval::new(needed.start(), needed.end().min(now));
        if past.length() > service.longest_history() {
            return Err(format!(
                "one request has at most {} of history: download it with `gpu-carbon pull`, and give the file to --intensity",
                format::span(service.longest_history())
            ));
        }
        responses.push(service.fetch(Query::History(past), now).map_err(explained)?);
    }
    if needed.end() > now {
        responses.push(service.fetch(Query::Now, now).map_err(explained)?);
        if service.has_separate_forecast() {
            responses.push(service.fetch(Query::Forecast, now).map_err(explained)?);
        }
    }
    let ends = |response: &ServiceResponse| Some(response.points.last()?.at + response.step);
    let end = responses.iter().filter_map(ends).max();
    if let Some(end) = end.filter(|_| is_ahead && !service.kind().has_forecast()) {
        // The last days answer for the days to come.
        responses.extend(last_days(service, end, query)?);
    }
    joined(service, responses)
}

/// Asks for the days before a time, as many as a season has, and for the time of a plan from the last of them.
fn last_days(
    service: &mut Service,
    end: Timestamp,
    query: &DataQuery,
) -> Result<Vec<ServiceResponse>, String> {
    let length = Span::from_days(2 * SEASON_DAYS + 1) + query.needed.length();
    let mut responses = Vec::new();
    let mut start = end - length;
    while start < end {
        if responses.len() == MOST_REQUESTS {
            return Err(format!(
                "its history of {} takes more than {MOST_REQUESTS} requests: download it with `gpu-carbon pull`, and give the file to --intensity",
                format::span(length)
            ));
        }
        let until = service.end_of_history(start).min(end);
        let past = Query::History(Interval::new(start, until));
        responses.push(service.fetch(past, query.now).map_err(explained)?);
        start = until;
    }
    Ok(responses)
}

fn explained(error: FetchError) -> String {
    error.to_string()
}

/// Joins the values of several responses; of two values for one time, the one that is not a forecast counts.
fn joined(service: &Service, responses: Vec<ServiceResponse>) -> Result<LiveData, String> {
    let step = responses.iter().map(|response| response.step).min();
    let step = step.unwrap_or(service.usual_step());
    let mut points = BTreeMap::new();
    for point in responses.into_iter().flat_map(|response| response.points) {
        let before = points.entry(point.at).or_insert(point);
        if before.quality == Quality::Forecast {
            *before = point;
        }
    }
    let newest = points.values().rfind(|point| point.quality != Quality::Forecast);
    let newest = newest.map(|point| point.at);
    let pairs = points.into_values().map(|point| (point.at, point.intensity)).collect();
    let series = Series::with_step(pairs, step).map_err(|error| error.to_string())?;
    Ok(LiveData { service: service.kind(), zone: service.zone(), series, newest })
}
