//! The arguments that say where the number of functional units comes from.

use std::path::PathBuf;

use clap::ValueEnum;
use gpu_carbon_core::disclosure::UnitKind;

/// A count as it was given.
#[derive(Debug, Clone, PartialEq)]
pub enum CountArg {
    /// A number.
    Number(f64),
    /// A file of counts over time.
    File(PathBuf),
}

/// A server of models, whose counters have known names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Server {
    /// vLLM: vllm:generation_tokens_total, vllm:prompt_tokens_total, vllm:prefix_cache_hits_total, vllm:request_success_total
    Vllm,
    /// Triton Inference Server: nv_llm_output_token_len_sum, nv_llm_input_token_len_sum, nv_inference_request_success, nv_inference_count
    Triton,
    /// Text Generation Inference: tgi_request_generated_tokens_sum, tgi_request_input_length_sum, tgi_request_success
    Tgi,
}

/// A kind of tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub enum Tokens {
    /// Tokens of the answers
    Generated,
    /// Tokens of the prompts, those from the cache included
    Prompt,
    /// Those tokens of the prompts that came from the cache
    Cached,
}

impl CountArg {
    /// Reads a number, or else takes the text for the name of a file.
    ///
    /// # Errors
    ///
    /// When the number is negative or not finite.
    pub fn parse(text: &str) -> Result<CountArg, String> {
        match text.parse::<f64>() {
            Ok(number) if number.is_finite() && number >= 0.0 => Ok(CountArg::Number(number)),
            Ok(_) => Err("expected a number of zero or more, or a file".to_owned()),
            Err(_) => Ok(CountArg::File(text.into())),
        }
    }
}

impl Tokens {
    /// Every kind.
    pub(super) const ALL: [Tokens; 3] = [Tokens::Generated, Tokens::Prompt, Tokens::Cached];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Tokens::Generated => "generated tokens",
            Tokens::Prompt => "prompt tokens",
            Tokens::Cached => "cached prompt tokens",
        }
    }
}

impl Server {
    /// The counter of a kind of tokens; `None` where the server has none.
    pub(super) const fn tokens(self, tokens: Tokens) -> Option<&'static str> {
        match (self, tokens) {
            (Server::Vllm, Tokens::Generated) => Some("vllm:generation_tokens_total"),
            (Server::Vllm, Tokens::Prompt) => Some("vllm:prompt_tokens_total"),
            (Server::Vllm, Tokens::Cached) => Some("vllm:prefix_cache_hits_total"),
            (Server::Triton, Tokens::Generated) => Some("nv_llm_output_token_len_sum"),
            (Server::Triton, Tokens::Prompt) => Some("nv_llm_input_token_len_sum"),
            (Server::Tgi, Tokens::Generated) => Some("tgi_request_generated_tokens_sum"),
            (Server::Tgi, Tokens::Prompt) => Some("tgi_request_input_length_sum"),
            (Server::Triton | Server::Tgi, Tokens::Cached) => None,
        }
    }

    /// The counter of a unit that is no token; `None` where the server has none.
    pub(super) const fn counter(self, unit: UnitKind) -> Option<(&'static str, &'static str)> {
        match (self, unit) {
            (Server::Vllm, UnitKind::Request) => Some(("requests", "vllm:request_success_total")),
            (Server::Tgi, UnitKind::Request) => Some(("requests", "tgi_request_success")),
            (Server::Triton, UnitKind::Request) => {
                Some(("requests", "nv_inference_request_success"))
            }
            (Server::Triton, UnitKind::Inference) => Some(("inferences", "nv_inference_count")),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_is_a_number_or_a_file() {
        assert_eq!(CountArg::parse("2.3e10"), Ok(CountArg::Number(2.3e10)));
        assert_eq!(CountArg::parse("0"), Ok(CountArg::Number(0.0)));
        assert_eq!(CountArg::parse("tokens.csv"), Ok(CountArg::File("tokens.csv".into())));
        for wrong in ["-1", "inf", "NaN"] {
            assert!(CountArg::parse(wrong).is_err(), "{wrong}");
        }
    }
}
