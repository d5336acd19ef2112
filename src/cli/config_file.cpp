// Links are judged one by one, and then against each other.
#include "cli/config_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <system_error>
#include <type_traits>
#include <utility>

#include "cli/listening_places.h"
#include "cli/option_table.h"
#include "os/error_text.h"
#include "os/file_text.h"
#include "os/files.h"
#include "os/text.h"
#include "port/line_factory.h"

namespace serialtcp::cli {

namespace {

/// Converts a sentence about options for the writer of a file: without the dashes, except within quotes.
std::string about_keys(std::string_view text) {
  std::string result;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool begins_word = i == 0 || text[i - 1] == ' ';
    if (text[i] == '\'') quoted = !quoted && begins_word;
    if (!quoted && begins_word && text.substr(i).starts_with("--")) {
      ++i;
    } else {
      result += text[i];
    }
  }
  return result;
}

/// What a value says of itself may be long, and more than text.
std::string in_one_line(std::string text) {
  constexpr std::size_t kMost = 400;
  if (text.size() > kMost) text = text.substr(0, kMost) + "...";
  return io::printable(text);
}

std::string text_of(const Mistake& mistake) {
  if (mistake.form == Mistake::Form::sentence && mistake.option != nullptr &&
      mistake.option->stands == Stands::by_position)
    return fmt::format("{0} is required, as in {0} = {1}", mistake.option->name, mistake.option->example);
  const std::string text = in_one_line(about_keys(mistake.text));
  return mistake.form == Mistake::Form::sentence ? text : fmt::format("{}: {}", mistake.option->name, text);
}

// ---- Links against each other ----

struct JudgedLink {
  static constexpr std::string_view kKind = "link";
  const PlacedLink* placed;
  LinkOptions options;
  std::optional<std::string> device;
};

struct JudgedNet {
  static constexpr std::string_view kKind = "net";
  const PlacedLink* placed;
  NetOptions options;
  std::optional<std::string> device;
};

struct JudgedShare {
  static constexpr std::string_view kKind = "share";
  const PlacedLink* placed;
  ShareOptions options;
  std::optional<std::string> device;
};

class Judgement {
 public:
  explicit Judgement(RawConfig raw) : raw_(std::move(raw)), mistakes_(std::move(raw_.mistakes)) {}

  std::expected<Configuration, std::vector<ConfigMistake>> result() {
    if (raw_.links.empty() && raw_.shares.empty() && raw_.nets.empty() && mistakes_.empty()) {
      mistakes_.push_back(
          {{},
           "there is no link: a [[link]] table is expected for each cable, a [[share]] table for each port "
           "to be shared, or a [[net]] table for each device that gets a network"});
    }
    for (const PlacedLink& link : raw_.links) judge(link);
    for (const PlacedLink& share : raw_.shares) judge_one_share(share);
    for (const PlacedLink& net : raw_.nets) judge_one_net(net);
    for (std::size_t i = 0; i < judged_.size(); ++i) {
      for (std::size_t j = 0; j < i; ++j) compare(judged_[i], judged_[j]);
      judge_places(i);
    }
    for (std::size_t i = 0; i < shares_.size(); ++i) {
      for (std::size_t j = 0; j < i; ++j) compare(shares_[i], shares_[j]);
      for (const JudgedLink& link : judged_) compare(shares_[i], link);
    }
    for (std::size_t i = 0; i < nets_.size(); ++i) {
      for (std::size_t j = 0; j < i; ++j) compare(nets_[i], nets_[j]);
      for (const JudgedLink& link : judged_) compare(nets_[i], link);
      for (const JudgedShare& share : shares_) compare(nets_[i], share);
    }
    std::ranges::sort(mistakes_);
    if (!mistakes_.empty()) return std::unexpected(std::move(mistakes_));
    Configuration config;
    for (JudgedLink& link : judged_) {
      config.links.push_back(std::move(link.options));
      config.placed.push_back(*link.placed);
    }
    for (JudgedShare& share : shares_) {
      config.shares.push_back(std::move(share.options));
      config.placed_shares.push_back(*share.placed);
    }
    for (JudgedNet& net : nets_) {
      config.nets.push_back(std::move(net.options));
      config.placed_nets.push_back(*net.placed);
    }
    config.places = std::move(raw_.places);
    config.log_file = raw_.all.log_file;
    config.control = raw_.all.control;
    config.http = raw_.all.http;
    config.log_style = raw_.all.log_style;
    config.start = raw_.all.start;
    return config;
  }

 private:
  void judge(const PlacedLink& placed) {
    auto judged = judge_link(placed.given);
    if (judged) {
      if (judged->name.empty()) judged->name = judged->port;
      auto device = io::exclusive_line(judged->port);
      judged_.push_back({&placed, std::move(*judged), std::move(device)});
    } else {
      tell(placed, judged.error());
    }
  }

  void judge_one_share(const PlacedLink& placed) {
    auto judged = judge_share(placed.given);
    if (!judged) return tell(placed, judged.error());
    if (judged->name.empty()) judged->name = judged->share.device;
    auto device = io::exclusive_line(judged->share.device);
    shares_.push_back({&placed, std::move(*judged), std::move(device)});
  }

  void judge_one_net(const PlacedLink& placed) {
    auto judged = judge_net(placed.given);
    if (!judged) return tell(placed, judged.error());
    if (judged->name.empty()) judged->name = judged->net.device;
    auto device = io::exclusive_line(judged->net.device);
    nets_.push_back({&placed, std::move(*judged), std::move(device)});
  }

  void tell(const PlacedLink& placed, const Mistakes& mistakes) {
    for (const Mistake& mistake : mistakes) {
      // What seems to be missing may be what was not understood.
      if (placed.damaged && mistake.form == Mistake::Form::sentence) continue;
      const std::string_view option = mistake.option != nullptr ? mistake.option->name : "";
      mistakes_.push_back({placed.where(option, mistake.index), text_of(mistake)});
    }
  }

  /// Of each kind.
  template <typename One, typename Earlier>
  void compare(const One& one, const Earlier& earlier) {
    const std::string what = fmt::format("the {} at line {}", earlier.kKind, earlier.placed->place.line);
    if (one.options.name == earlier.options.name && one.placed->given.contains("name")) {
      mistakes_.push_back({one.placed->where("name"), fmt::format("name: {} has the same name", what)});
    }
    if (one.device && one.device == earlier.device) {
      mistakes_.push_back({one.placed->where("port"), fmt::format("port: {} has the same device", what)});
    }
    if constexpr (std::is_same_v<One, Earlier> && !std::is_same_v<One, JudgedLink>)
      compare_places(one, earlier);
  }

  void compare_places(const JudgedNet& net, const JudgedNet& earlier) {
    const std::string& tun = net.options.net.tun;
    if (!tun.empty() && tun == earlier.options.net.tun) {
      mistakes_.push_back(
          {net.placed->where("tun"),
           fmt::format("tun: the net at line {} has the same interface", earlier.placed->place.line)});
    }
    const auto& forwards = net.options.net.forwards;
    for (std::size_t i = 0; i < forwards.size(); ++i) {
      const io::Target& listen = forwards[i].listen;
      const auto same =
          std::ranges::find(earlier.options.net.forwards, listen, &gateway::ForwardWish::listen);
      if (listen.port == 0 || same == earlier.options.net.forwards.end()) continue;
      mistakes_.push_back(
          {net.placed->where("local-forward", i),
           fmt::format("local-forward: the net at line {} listens at the same place: choose another port",
                       earlier.placed->place.line)});
    }
  }

  void compare_places(const JudgedShare& share, const JudgedShare& earlier) {
    for (const share::Place& place : share.options.share.places) {
      const auto same =
          std::ranges::find_if(earlier.options.share.places, [&place](const share::Place& other) {
            const auto* const target = std::get_if<io::Target>(&place.where);
            return place.where == other.where && (target == nullptr || target->port != 0) &&
                   place.kind != share::Place::Kind::dialled;
          });
      if (same == earlier.options.share.places.end()) continue;
      mistakes_.push_back(
          {share.placed->place, fmt::format("{} is in use by the share at line {}: choose another port "
                                            "or path",
                                            share::to_string(place), earlier.placed->place.line)});
    }
  }

  void judge_places(std::size_t index) {
    const JudgedLink& link = judged_[index];
    for (std::size_t i = 0; i < link.options.servers.size(); ++i) {
      const auto other = places_.claim(link.options.servers[i], {index, i});
      if (!other) continue;
      const Place place = judged_[other->link].placed->where("server", other->server);
      mistakes_.push_back(
          {link.placed->where("server", i),
           fmt::format("server: the one at line {} listens at the same place: choose another port or path",
                       place.line)});
    }
  }

  RawConfig raw_;
  std::vector<ConfigMistake> mistakes_;
  std::vector<JudgedLink> judged_;
  std::vector<JudgedShare> shares_;
  std::vector<JudgedNet> nets_;
  ListeningPlaces places_;
};

/// All of a file; or why not, which completes "FILE: ...".
std::expected<std::string, std::string> read_whole(const std::string& path) {
  std::error_code error;
  const io::PathKind kind = io::path_kind(path, error);
  if (kind == io::PathKind::none) return std::unexpected(io::plain_text(error.value()));
  if (kind == io::PathKind::folder) return std::unexpected("it is a directory: name the file in it");
  if (kind != io::PathKind::regular) return std::unexpected("it is not a regular file");
  auto text = io::whole_file_text(path, kMaxConfigSize + 1);
  if (!text) return std::unexpected(io::plain_text(text.error()));
  if (text->size() <= kMaxConfigSize) return std::move(*text);
  return std::unexpected(fmt::format("it is too large: a configuration has up to {} bytes", kMaxConfigSize));
}

}  // namespace

std::expected<Configuration, std::vector<ConfigMistake>> parse_config(std::string_view text) {
  return Judgement(parse_config_syntax(text)).result();
}

std::expected<Configuration, std::string> read_config_again(const std::string& path) {
  std::error_code ignored;
  const io::PathKind kind = io::path_kind(path, ignored);
  if (kind == io::PathKind::folder || kind == io::PathKind::other)
    return std::unexpected(
        fmt::format("{}: it is not a regular file, and can only be read at the start", path));
  return read_config(path);
}

std::expected<Configuration, std::string> read_config(const std::string& path) {
  const auto text = read_whole(path);
  if (!text) return std::unexpected(fmt::format("{}: {}", path, text.error()));
  auto config = parse_config(*text);
  if (config) return std::move(*config);
  return std::unexpected(placed_lines(path, config.error()));
}

std::string placed_lines(const std::string& path, const std::vector<ConfigMistake>& mistakes) {
  std::string lines;
  std::size_t told = 0;
  for (const auto& [place, what] : mistakes) {
    if (told++ == kMaxMistakesTold)
      return fmt::format("{}\n{}: and {} more", lines, path, mistakes.size() - kMaxMistakesTold);
    lines += fmt::format("{}{}:{}:{}: {}", lines.empty() ? "" : "\n", path, place.line, place.column, what);
  }
  return lines;
}

}  // namespace serialtcp::cli
