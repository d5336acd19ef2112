// The words of the command line into text, each where it belongs; link_options judges it.
#include "cli/options.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>
#include <utility>
#include <vector>

namespace serialtcp::cli {

namespace {

constexpr std::string_view kConfig = "config";
constexpr std::string_view kCheckConfig = "check-config";

/// The command line as text, before it is judged.
struct RawOptions {
  RawLink link;
  std::optional<std::string> config, check_config, log, test_port_file;
  bool debug = false, help = false, version = false;
  std::vector<std::string> positional;
  std::vector<std::string> given;  ///< the names of the options that there are
};

void declare(CLI::App& app, RawOptions& raw) {
  app.set_help_flag();  // --help is ours
  app.allow_extras();   // positional arguments and mistakes, told apart below
  const auto value = [&app](const char* names, std::optional<std::string>& into) {
    app.add_option_function<std::string>(names, [&into](const std::string& text) { into = text; })
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  };
  const auto values = [&app](const char* names, std::vector<std::string>& into) {
    const auto take = [&into](const CLI::results_t& texts) {
      into = texts;
      return true;
    };
    app.add_option(names, take)->expected(1)->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  };
  values("-s,--server", raw.link.servers);
  values("-c,--client", raw.link.clients);
  values("-L,--local-forward", raw.link.local_forwards);
  values("-R,--remote-forward", raw.link.remote_forwards);
  values("-D,--dynamic-forward", raw.link.dynamic_forwards);
  values("--allow", raw.link.allowed);
  values("--allow-listen", raw.link.allowed_listen);
  value("--parity", raw.link.parity);
  value("--stopbits", raw.link.stopbits);
  value("--rts", raw.link.rts);
  value("--dtr", raw.link.dtr);
  value("--timeout", raw.link.timeout);
  value("--sync-timeout", raw.link.sync_timeout);
  value("--hold", raw.link.hold);
  value("--drain", raw.link.drain);
  value("--protocol", raw.link.protocol);
  value("--key", raw.link.key);
  value("--config", raw.config);
  value("--check-config", raw.check_config);
  value("--log", raw.log);
  value("--test-port-file", raw.test_port_file);
  app.add_flag("--rtscts", raw.link.rtscts);
  app.add_flag("--no-queue", raw.link.no_queue);
  app.add_flag("--no-wait", raw.link.no_wait);
  app.add_flag("--hello-at-prompt", raw.link.hello_at_prompt);
  app.add_flag("--no-compression", raw.link.no_compression);
  app.add_flag("-4,--ipv4", raw.link.ipv4);
  app.add_flag("--half-duplex", raw.link.half_duplex);
  app.add_flag("-6,--ipv6", raw.link.ipv6);
  app.add_flag("--debug", raw.debug);
  app.add_flag("--strict", raw.link.strict);
  app.add_flag("-h,--help", raw.help);
  app.add_flag("--version", raw.version);
}

/// As argparse does: "--sync 5" means --sync-timeout 5, as long as only one option begins so. A value after
/// an equals sign becomes a word of its own, so that an empty one is a value, too.
std::vector<std::string> spelled_out(const CLI::App& app, const std::string& argument) {
  if (!argument.starts_with("--")) return {argument};
  const std::size_t equals = std::min(argument.find('='), argument.size());
  const std::string name = argument.substr(2, equals - 2);
  std::vector<const CLI::Option*> candidates;
  for (const CLI::Option* option : app.get_options()) {
    const std::string& full = option->get_lnames().front();
    if (full == name) candidates.clear();                             // no matter what else begins so
    const bool whole_only = full == kConfig || full == kCheckConfig;  // what argparse took stays unambiguous
    if (full == name || (full.starts_with(name) && !whole_only)) candidates.push_back(option);
    if (full == name) break;
  }
  if (name.empty() || candidates.size() != 1) return {argument};
  const std::string full = "--" + candidates.front()->get_lnames().front();
  if (equals == argument.size()) return {full};
  if (candidates.front()->get_items_expected_max() == 0) return {full + argument.substr(equals)};
  return {full, argument.substr(equals + 1)};
}

bool is_number(std::string_view text) {
  return text.size() > 1 && text[0] == '-' && std::isdigit(static_cast<unsigned char>(text[1])) != 0;
}

/// Nothing, or what is wrong.
std::optional<UsageError> split(std::span<const char* const> arguments, RawOptions& raw) {
  CLI::App app;
  declare(app, raw);
  std::vector<std::string> words;
  bool only_positional = false;
  std::vector<std::string> after_dashes;
  for (const char* argument : arguments) {
    if (only_positional) {
      after_dashes.emplace_back(argument);
    } else if (std::string_view(argument) == "--") {
      only_positional = true;
    } else {
      for (std::string& word : spelled_out(app, argument)) words.push_back(std::move(word));
    }
  }
  std::reverse(words.begin(), words.end());  // CLI11 takes them last first
  try {
    app.parse(words);
  } catch (const CLI::ArgumentMismatch& error) {
    // "--log: 1 required TEXT missing": only the name is of use.
    const std::string_view text = error.what();
    return UsageError{fmt::format("argument {}: a value is expected", text.substr(0, text.find(':')))};
  } catch (const CLI::ParseError& error) {
    return UsageError{error.what()};
  }
  for (const CLI::Option* option : app.get_options()) {
    if (option->count() > 0) raw.given.push_back(option->get_lnames().front());
  }
  raw.positional = app.remaining();
  raw.positional.insert(raw.positional.end(), after_dashes.begin(), after_dashes.end());
  for (const std::string& word : app.remaining()) {
    const bool option = word.size() > 1 && word[0] == '-' && !is_number(word);
    if (option) return UsageError{fmt::format("there is no option {}", word)};
  }
  return std::nullopt;
}

std::optional<UsageError> place_positional(RawOptions& raw) {
  if (raw.positional.size() > 2) {
    return UsageError{
        fmt::format("'{}' is too much: only SERIALPORT and BAUDRATE stand alone", raw.positional[2])};
  }
  if (!raw.positional.empty()) raw.link.port = raw.positional[0];
  if (raw.positional.size() > 1) raw.link.baud = raw.positional[1];
  return std::nullopt;
}

/// With a file of links, the file says it all.
std::expected<RunOptions, UsageError> judge_with_file(const RawOptions& raw, const std::string& file,
                                                      std::string_view option) {
  static constexpr std::array<std::string_view, 4> kBesideConfig = {kConfig, "log", "debug",
                                                                    "test-port-file"};
  static constexpr std::array<std::string_view, 1> kBesideCheck = {kCheckConfig};
  const auto beside = option == kConfig ? std::span<const std::string_view>(kBesideConfig) : kBesideCheck;
  const std::string_view hint = option == kConfig ? "the file says everything but --log and --debug"
                                                  : "it only reads the file and says what is wrong";
  if (file.empty())
    return std::unexpected(UsageError{fmt::format("argument --{}: a file is expected", option)});
  const auto odd = std::ranges::find_if(raw.given, [beside](const std::string& name) {
    return std::ranges::find(beside, name) == beside.end();
  });
  if (odd != raw.given.end()) {
    return std::unexpected(UsageError{fmt::format("--{} cannot stand beside --{}: {}", *odd, option, hint)});
  }
  if (!raw.positional.empty()) {
    return std::unexpected(
        UsageError{fmt::format("'{}' cannot stand beside --{}: {}", raw.positional[0], option, hint)});
  }
  RunOptions options;
  options.config_file = file;
  if (option == kCheckConfig) options.config = RunOptions::Config::check;
  return options;
}

std::expected<RunOptions, UsageError> judge_what_to_run(RawOptions& raw) {
  if (raw.check_config) return judge_with_file(raw, *raw.check_config, kCheckConfig);
  if (raw.config) return judge_with_file(raw, *raw.config, kConfig);
  if (auto problem = place_positional(raw)) return std::unexpected(std::move(*problem));
  auto link = judge_link(raw.link);
  if (!link) return std::unexpected(UsageError{link.error().front().message()});
  RunOptions options;
  options.link = std::move(*link);
  return options;
}

std::expected<RunOptions, UsageError> judge(RawOptions& raw) {
  auto options = judge_what_to_run(raw);
  if (!options) return options;
  if (raw.debug) options->verbosity = Verbosity::debug;
  options->log_file = raw.log;
  options->test_port_file = raw.test_port_file;
  return options;
}

}  // namespace

Parsed parse_options(std::span<const char* const> arguments) {
  RawOptions raw;
  const auto mistake = split(arguments, raw);
  if (raw.help) return std::unexpected(Answer{help_text()});
  if (raw.version) return std::unexpected(Answer{"serialtcp " SERIALTCP_VERSION "\n"});
  if (mistake) return std::unexpected(*mistake);
  auto options = judge(raw);
  if (!options) return std::unexpected(options.error());
  return *options;
}

}  // namespace serialtcp::cli
