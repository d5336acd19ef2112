// Tables that say which key takes what, and a walk over the TOML.
#include "cli/config_syntax.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <numeric>
#include <span>
#include <utility>
#include <variant>

// toml++ 3.3 asserts in parse_key() what it checks only after that, and with NDEBUG takes it for granted.
#undef NDEBUG
#define TOML_ASSERT(expr) static_cast<void>(0)
#define TOML_EXCEPTIONS 0
#define TOML_ENABLE_FORMATTERS 0
#include <toml++/toml.h>

namespace serialtcp::cli {

namespace {

/// What a key takes, in TOML's types. In `texts`, a whole number is a port.
enum class Type : std::uint8_t { text, texts, integer, number, number_or_text, flag };

/// Where the value goes; flags that are text on the command line are "0" or "1" there.
using Into = std::variant<std::optional<std::string> RawLink::*, std::vector<std::string> RawLink::*,
                          bool RawLink::*, std::string RawLink::*>;

struct Rule {
  std::string_view key;
  std::string_view option;  ///< what it is on the command line
  Type type;
  std::string_view example;
  Into into;
};

const std::array kRules = {
    Rule{"port", "SERIALPORT", Type::text, "\"/dev/ttyUSB0\"", &RawLink::port},
    Rule{"baudrate", "BAUDRATE", Type::integer, "115200", &RawLink::baud},
    Rule{"server", "--server", Type::texts, "[\"2222\", \"web=8080\"]", &RawLink::servers},
    Rule{"client", "--client", Type::texts, "[\"localhost:22\", \"web=192.168.0.1:80\"]", &RawLink::clients},
    Rule{"local-forward", "--local-forward", Type::texts, "\"8080:192.168.0.1:80\"",
         &RawLink::local_forwards},
    Rule{"remote-forward", "--remote-forward", Type::texts, "\"8080:localhost:80\"",
         &RawLink::remote_forwards},
    Rule{"dynamic-forward", "--dynamic-forward", Type::texts, "\"1080\"", &RawLink::dynamic_forwards},
    Rule{"allow", "--allow", Type::texts, "[\"10.0.0.0/8:*\", \"web:80\"]", &RawLink::allowed},
    Rule{"allow-listen", "--allow-listen", Type::texts, "\"localhost:8080\"", &RawLink::allowed_listen},
    Rule{"ipv6", "--ipv6", Type::flag, "true", &RawLink::ipv6},
    Rule{"parity", "--parity", Type::text, "\"N\"", &RawLink::parity},
    Rule{"stopbits", "--stopbits", Type::number, "1", &RawLink::stopbits},
    Rule{"rtscts", "--rtscts", Type::flag, "true", &RawLink::rtscts},
    Rule{"rts", "--rts", Type::flag, "true", &RawLink::rts},
    Rule{"dtr", "--dtr", Type::flag, "true", &RawLink::dtr},
    Rule{"timeout", "--timeout", Type::number, "10", &RawLink::timeout},
    Rule{"sync-timeout", "--sync-timeout", Type::number, "60", &RawLink::sync_timeout},
    Rule{"hold", "--hold", Type::number_or_text, "300 or \"never\"", &RawLink::hold},
    Rule{"no-wait", "--no-wait", Type::flag, "true", &RawLink::no_wait},
    Rule{"protocol", "--protocol", Type::number_or_text, "\"auto\"", &RawLink::protocol},
    Rule{"no-compression", "--no-compression", Type::flag, "true", &RawLink::no_compression},
    Rule{"key", "--key", Type::text, "\"/etc/serialtcp/cable.key\"", &RawLink::key},
    Rule{"strict", "--strict", Type::flag, "true", &RawLink::strict},
};

constexpr std::string_view kName = "name";
constexpr std::array<std::string_view, 3> kGlobalKeys = {"log", "debug", "link"};

std::string_view expected(Type type) {
  switch (type) {
    case Type::text:
      return "a string";
    case Type::texts:
      return "a string or a list of strings";
    case Type::integer:
      return "a whole number";
    case Type::number:
      return "a number";
    case Type::number_or_text:
      return "a number or a string";
    case Type::flag:
      return "true or false";
  }
  return "";
}

std::string_view found(const toml::node& value) {
  switch (value.type()) {
    case toml::node_type::table:
      return "a table";
    case toml::node_type::array:
      return value.as_array()->is_array_of_tables() ? "tables" : "a list";
    case toml::node_type::string:
      return "a string";
    case toml::node_type::integer:
    case toml::node_type::floating_point:
      return "a number";
    case toml::node_type::boolean:
      return "true or false";
    case toml::node_type::date:
    case toml::node_type::time:
    case toml::node_type::date_time:
      return "a date or a time";
    case toml::node_type::none:
      break;
  }
  return "nothing";
}

Place place_of(const toml::source_region& source) {
  return {std::max<std::uint32_t>(source.begin.line, 1), std::max<std::uint32_t>(source.begin.column, 1)};
}

/// A scalar as the command line would have it, if it is of the type.
std::optional<std::string> as_text(const toml::node& value, Type type) {
  const bool takes_text = type == Type::text || type == Type::texts || type == Type::number_or_text;
  const bool takes_number = type == Type::number || type == Type::number_or_text;
  if (const auto* text = value.as_string(); text != nullptr && takes_text) return text->get();
  if (const auto* number = value.as_integer();
      number != nullptr && (takes_number || type == Type::integer || type == Type::texts)) {
    return fmt::format("{}", number->get());
  }
  if (const auto* number = value.as_floating_point(); number != nullptr && takes_number) {
    return fmt::format("{}", number->get());
  }
  if (const auto* flag = value.as_boolean(); flag != nullptr && type == Type::flag)
    return flag->get() ? "1" : "0";
  return std::nullopt;
}

/// How many letters one is away from the other, added, left out, or changed.
std::size_t distance(std::string_view one, std::string_view other) {
  std::vector<std::size_t> row(other.size() + 1);
  std::iota(row.begin(), row.end(), 0);
  for (std::size_t i = 0; i < one.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < other.size(); ++j) {
      const std::size_t change = diagonal + (one[i] == other[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({change, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

/// ": did you mean 'x'?", if there is something like it; otherwise all there are.
std::string suggestion(std::string_view word, std::span<const std::string_view> known) {
  constexpr std::size_t kNear = 2;
  constexpr std::size_t kLongestWord = 32;
  std::string all;
  std::string_view best;
  std::size_t best_distance = kNear + 1;
  for (const std::string_view candidate : known) {
    all += fmt::format("{}{}", all.empty() ? "" : ", ", candidate);
    if (word.size() > kLongestWord) continue;
    const std::size_t away = distance(word, candidate);
    if (away < best_distance) {
      best = candidate;
      best_distance = away;
    }
  }
  return best.empty() ? fmt::format(": there are {}", all) : fmt::format(": did you mean '{}'?", best);
}

/// Text from the file, fit for a line of output.
std::string shown(std::string_view text) {
  constexpr std::size_t kMost = 60;
  std::string line(text.substr(0, kMost));
  for (char& c : line) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = '?';
  }
  return text.size() > kMost ? line + "..." : line;
}

class Reader {
 public:
  RawConfig read(const toml::table& file) {
    for (const auto& [key, value] : file) {
      if (key == "log") {
        if (auto text = scalar(key.str(), value, Type::text, "\"/var/log/serialtcp.log\""))
          read_log(*text, value);
      } else if (key == "debug") {
        if (const auto flag = scalar(key.str(), value, Type::flag, "true")) config_.debug = *flag == "1";
      } else if (key == "link") {
        read_links(value);
      } else {
        read_unknown(key);
      }
    }
    return std::move(config_);
  }

 private:
  void mistake(const toml::source_region& source, std::string text) {
    config_.mistakes.push_back({place_of(source), std::move(text)});
  }

  void wrong_type(std::string_view key, const toml::node& value, Type type, std::string_view example) {
    mistake(value.source(), fmt::format("{}: {} is expected, as in {} = {}, and this is {}", key,
                                        expected(type), key, example, found(value)));
  }

  std::optional<std::string> scalar(std::string_view key, const toml::node& value, Type type,
                                    std::string_view example) {
    auto text = as_text(value, type);
    if (!text) wrong_type(key, value, type, example);
    return text;
  }

  void read_log(const std::string& text, const toml::node& value) {
    if (text.empty()) return mistake(value.source(), "log: the name of a file is expected");
    config_.log = text;
  }

  /// At the top of the file.
  void read_unknown(const toml::key& key) {
    const bool of_link =
        std::ranges::any_of(kRules, [&](const Rule& rule) { return key == rule.key; }) || key == kName;
    mistake(key.source(), of_link ? fmt::format("'{}' belongs to a link: write [[link]] above it", key.str())
                                  : fmt::format("there is no key '{}' here{}", shown(key.str()),
                                                suggestion(key.str(), kGlobalKeys)));
  }

  void read_links(const toml::node& value) {
    const toml::array* const links = value.as_array();
    if (links == nullptr || (!links->empty() && !links->is_array_of_tables())) {
      return mistake(value.source(), "link: every cable is a table of its own, with [[link]] above it");
    }
    if (links->size() > kMaxLinks) {
      return mistake(
          (*links)[kMaxLinks].source(),
          fmt::format("{} links are too many: one program runs up to {}", links->size(), kMaxLinks));
    }
    for (const toml::node& link : *links) read_link(*link.as_table());
  }

  void read_link(const toml::table& table) {
    PlacedLink& link = config_.links.emplace_back();
    link.place = place_of(table.source());
    for (const auto& [key, value] : table) {
      if (key == kName) {
        link.places[std::string(kName)] = {place_of(value.source())};
        link.name = scalar(kName, value, Type::text, "\"rack-3\"");
        link.damaged = link.damaged || !link.name;
        continue;
      }
      const auto* const rule =
          std::ranges::find_if(kRules, [&key](const Rule& each) { return key == each.key; });
      if (rule != kRules.end()) {
        read_value(*rule, value, link);
      } else {
        unknown_in_link(key);
        link.damaged = true;
      }
    }
  }

  void unknown_in_link(const toml::key& key) {
    if (key == "log" || key == "debug") {
      return mistake(key.source(),
                     fmt::format("'{}' is for all links: write it above the first [[link]]", key.str()));
    }
    std::vector<std::string_view> known = {kName};
    for (const Rule& rule : kRules) known.push_back(rule.key);
    mistake(key.source(),
            fmt::format("a link has no key '{}'{}", shown(key.str()), suggestion(key.str(), known)));
  }

  void read_value(const Rule& rule, const toml::node& value, PlacedLink& link) {
    if (const auto* const list = std::get_if<std::vector<std::string> RawLink::*>(&rule.into)) {
      return read_texts(rule, value, link.link.*(*list), link);
    }
    link.places[std::string(rule.option)] = {place_of(value.source())};
    const auto text = scalar(rule.key, value, rule.type, rule.example);
    link.damaged = link.damaged || !text;
    if (!text) return;
    if (const auto* const flag = std::get_if<bool RawLink::*>(&rule.into)) link.link.*(*flag) = *text == "1";
    if (const auto* const into = std::get_if<std::string RawLink::*>(&rule.into)) link.link.*(*into) = *text;
    if (const auto* const into = std::get_if<std::optional<std::string> RawLink::*>(&rule.into)) {
      link.link.*(*into) = *text;
    }
  }

  void read_texts(const Rule& rule, const toml::node& value, std::vector<std::string>& texts,
                  PlacedLink& link) {
    auto& places = link.places[std::string(rule.option)];
    const auto take = [&](const toml::node& one) {
      const auto text = scalar(rule.key, one, Type::texts, rule.example);
      link.damaged = link.damaged || !text;
      if (!text) return;
      texts.push_back(*text);
      places.push_back(place_of(one.source()));
    };
    const toml::array* const list = value.as_array();
    if (list == nullptr) return take(value);
    for (const toml::node& one : *list) take(one);
  }

  RawConfig config_;
};

/// What a character stands in, as far as quotes and comments decide it.
class Surroundings {
 public:
  bool plain() const { return quote_.empty() && !comment_; }

  /// Takes the next characters of `rest`, one or three, and returns how many.
  std::size_t step(std::string_view rest) {
    const char c = rest.front();
    if (comment_) {
      comment_ = c != '\n';
    } else if (quote_.empty()) {
      comment_ = c == '#';
      if (c != '"' && c != '\'') return 1;
      quote_ = rest.substr(0, rest.starts_with(std::string(3, c)) ? 3 : 1);
      return quote_.size();
    } else if (c == '\\' && quote_.front() == '"') {
      return std::min<std::size_t>(2, rest.size());
    } else if (rest.starts_with(quote_)) {
      return std::exchange(quote_, "").size();
    } else if (c == '\n' && quote_.size() == 1) {
      quote_ = "";  // which is a mistake, and none of ours
    }
    return 1;
  }

 private:
  std::string_view quote_;
  bool comment_ = false;
};

/// The first character that TOML does not allow where it stands; toml++ 3.3 ends the program, or worse, at
/// some of them: control characters, and others than ASCII outside of quotes and comments.
std::optional<Place> stray_character(std::string_view text) {
  Place place;
  Surroundings surroundings;
  for (std::size_t next = 0, i = 0; i < text.size(); ++i) {
    if (i == next) next += surroundings.step(text.substr(i));
    const auto byte = static_cast<unsigned char>(text[i]);
    const bool control =
        (byte < 0x20 && text[i] != '\t' && text[i] != '\n' && text[i] != '\r') || byte == 0x7F;
    if (control || (byte >= 0x80 && surroundings.plain())) return place;
    const bool continues = (byte & 0xC0U) == 0x80;  // a character of several bytes
    if (!continues) ++place.column;
    if (text[i] == '\n') place = {place.line + 1, 1};
  }
  return std::nullopt;
}

/// "Error while parsing key: expected ..." in our words.
std::string syntax_text(std::string_view description) {
  constexpr std::string_view kBeginning = "Error while parsing ";
  if (description.starts_with(kBeginning)) description.remove_prefix(kBeginning.size());
  std::string line = "not TOML: ";
  for (const char c : description) line += static_cast<unsigned char>(c) < 0x20 || c == 0x7F ? '?' : c;
  return line;
}

}  // namespace

Place PlacedLink::where(std::string_view option, std::size_t index) const {
  const auto found = places.find(option);
  if (found == places.end() || found->second.empty()) return place;
  return found->second[std::min(index, found->second.size() - 1)];
}

std::string config_key(std::string_view option) {
  const auto* const rule =
      std::ranges::find_if(kRules, [option](const Rule& each) { return option == each.option; });
  return std::string(rule != kRules.end() ? rule->key : option);
}

RawConfig parse_config_syntax(std::string_view text) {
  if (const auto place = stray_character(text)) {
    RawConfig config;
    config.mistakes.push_back(
        {*place, "not TOML: a control character, or one outside of quotes that is not ASCII"});
    return config;
  }
  const toml::parse_result parsed = toml::parse(text);
  if (parsed) return Reader().read(parsed.table());
  RawConfig config;
  config.mistakes.push_back({place_of(parsed.error().source()), syntax_text(parsed.error().description())});
  return config;
}

}  // namespace serialtcp::cli
