// Links are judged one by one, and then against each other.
#include "cli/config_file.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <utility>
#include <variant>

#include "io/error_text.h"
#include "serialtcp/service.h"

namespace serialtcp::cli {

namespace {

/// A sentence about options, as it is for somebody who writes keys: without the dashes, but in what is
/// quoted.
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
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = '?';
  }
  return text;
}

std::string text_of(const Mistake& mistake) {
  if (mistake.option == "SERIALPORT") return "port is required, as in port = \"/dev/ttyUSB0\"";
  const std::string text = in_one_line(about_keys(mistake.text));
  return mistake.form == Mistake::Form::sentence ? text
                                                 : fmt::format("{}: {}", config_key(mistake.option), text);
}

// ---- Links against each other ----

/// A device that only one link can have.
std::optional<std::string> device_of(const LinkOptions& link) {
  if (link.port.starts_with("loop://")) return std::nullopt;
  if (link.port.find("://") != std::string::npos) return link.port;
  return std::filesystem::path(link.port).lexically_normal().string();
}

std::string address_of(const io::Target& target) {
  if (target.host != "localhost") return target.host;
  return target.family == io::Family::ipv6 ? "::1" : "127.0.0.1";
}

bool same_place(const io::Target& one, const io::Target& other) {
  const auto any = [](const std::string& address) { return address == "0.0.0.0" || address == "::"; };
  const std::string here = address_of(one);
  const std::string there = address_of(other);
  return one.port == other.port && one.port != 0 && (here == there || any(here) || any(there));
}

/// Whether two services cannot both be listened for.
bool collide(const ServiceSpec& one, const ServiceSpec& other) {
  const auto* const target = std::get_if<io::Target>(&one.place);
  const auto* const other_target = std::get_if<io::Target>(&other.place);
  if (target != nullptr && other_target != nullptr) return same_place(*target, *other_target);
  const auto* const udp = std::get_if<UdpPort>(&one.place);
  const auto* const other_udp = std::get_if<UdpPort>(&other.place);
  if (udp != nullptr && other_udp != nullptr) return same_place(udp->target, other_udp->target);
  const auto* const at = std::get_if<UnixPath>(&one.place);
  const auto* const other_at = std::get_if<UnixPath>(&other.place);
  if (at == nullptr || other_at == nullptr) return false;
  return std::filesystem::path(at->path).lexically_normal() ==
         std::filesystem::path(other_at->path).lexically_normal();
}

struct JudgedLink {
  const PlacedLink* placed;
  LinkOptions options;
};

class Judgement {
 public:
  explicit Judgement(RawConfig raw) : raw_(std::move(raw)), mistakes_(std::move(raw_.mistakes)) {}

  std::expected<Configuration, std::vector<ConfigMistake>> result() {
    if (raw_.links.empty() && mistakes_.empty()) {
      mistakes_.push_back({{}, "there is no link: a [[link]] table is expected for each cable"});
    }
    for (const PlacedLink& link : raw_.links) judge(link);
    for (std::size_t i = 0; i < judged_.size(); ++i) {
      for (std::size_t j = 0; j <= i; ++j) compare(judged_[i], judged_[j]);
    }
    std::ranges::sort(mistakes_);
    if (!mistakes_.empty()) return std::unexpected(std::move(mistakes_));
    Configuration config;
    for (JudgedLink& link : judged_) config.links.push_back(std::move(link.options));
    config.log_file = raw_.log;
    config.debug = raw_.debug;
    return config;
  }

 private:
  void judge(const PlacedLink& placed) {
    auto judged = judge_link(placed.link);
    if (judged) {
      judged->name = placed.name.value_or(judged->port);
      judged_.push_back({&placed, std::move(*judged)});
    } else {
      for (const Mistake& mistake : judged.error()) {
        // What was not understood may be just what seems to be missing.
        if (placed.damaged && mistake.form == Mistake::Form::sentence) continue;
        mistakes_.push_back({placed.where(mistake.option, mistake.index), text_of(mistake)});
      }
    }
    if (placed.name && !is_service_name(*placed.name)) {
      mistakes_.push_back(
          {placed.where("name"), fmt::format("name: up to {} letters, digits, '.', '_' and '-' are expected",
                                             limits::kMaxServiceName)});
    }
  }

  /// `earlier` may be the same link: its services may be in each other's way, too.
  void compare(const JudgedLink& link, const JudgedLink& earlier) {
    const std::uint32_t line = earlier.placed->place.line;
    const bool same = &link == &earlier;
    if (!same && link.options.name == earlier.options.name && link.placed->name) {
      mistakes_.push_back(
          {link.placed->where("name"), fmt::format("name: the link at line {} has this name, too", line)});
    }
    const auto device = device_of(link.options);
    if (!same && device && device == device_of(earlier.options)) {
      mistakes_.push_back({link.placed->where("SERIALPORT"),
                           fmt::format("port: the link at line {} has this device, too", line)});
    }
    const auto& servers = link.options.servers;
    const auto& others = earlier.options.servers;
    for (std::size_t i = 0; i < servers.size(); ++i) {
      for (std::size_t j = 0; j < (same ? i : others.size()); ++j) {
        if (!collide(servers[i], others[j])) continue;
        mistakes_.push_back(
            {link.placed->where("--server", i),
             fmt::format("server: the one at line {} listens there, too: choose another port or path",
                         earlier.placed->where("--server", j).line)});
      }
    }
  }

  RawConfig raw_;
  std::vector<ConfigMistake> mistakes_;
  std::vector<JudgedLink> judged_;
};

/// All of a file; or why not, which completes "FILE: ...".
std::expected<std::string, std::string> read_whole(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return std::unexpected(io::plain_text(errno));
  if (S_ISDIR(status.st_mode)) return std::unexpected("it is a directory: name the file in it");
  if (!S_ISREG(status.st_mode)) return std::unexpected("it is not a regular file");
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "re"), &std::fclose);
  if (!file) return std::unexpected(io::plain_text(errno));
  std::string text(kMaxConfigSize + 1, '\0');
  text.resize(std::fread(text.data(), 1, text.size(), file.get()));
  if (std::ferror(file.get()) != 0) return std::unexpected("it cannot be read");
  if (text.size() <= kMaxConfigSize) return text;
  return std::unexpected(fmt::format("it is too long: a configuration has up to {} bytes", kMaxConfigSize));
}

}  // namespace

std::expected<Configuration, std::vector<ConfigMistake>> parse_config(std::string_view text) {
  return Judgement(parse_config_syntax(text)).result();
}

std::expected<Configuration, std::string> read_config_again(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode))
    return std::unexpected(
        fmt::format("{}: it is not a regular file, and can only be read at the start", path));
  return read_config(path);
}

std::expected<Configuration, std::string> read_config(const std::string& path) {
  const auto text = read_whole(path);
  if (!text) return std::unexpected(fmt::format("{}: {}", path, text.error()));
  auto config = parse_config(*text);
  if (config) return std::move(*config);
  std::string lines;
  std::size_t told = 0;
  for (const auto& [place, what] : config.error()) {
    if (told++ == kMaxMistakesTold) {
      return std::unexpected(
          fmt::format("{}\n{}: and {} more", lines, path, config.error().size() - kMaxMistakesTold));
    }
    lines += fmt::format("{}{}:{}:{}: {}", lines.empty() ? "" : "\n", path, place.line, place.column, what);
  }
  return std::unexpected(std::move(lines));
}

}  // namespace serialtcp::cli
