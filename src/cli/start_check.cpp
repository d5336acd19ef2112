#include "cli/start_check.h"

#include <fmt/format.h>

#include <cerrno>
#include <map>
#include <memory>
#include <optional>
#include <utility>

#include "cli/key_file.h"
#include "gateway/login_file.h"
#include "gateway/tun_network.h"
#include "nat/network.h"
#include "net/address.h"
#include "net/listen_addresses.h"
#include "net/socket_file.h"
#include "os/error_text.h"
#include "os/files.h"
#include "port/line_factory.h"
#include "port/pty_device.h"
#include "port/serial_ports.h"
#include "port/tun_device.h"
#include "service/front_end_place.h"
#include "service/service_kinds.h"

namespace serialtcp::cli {

namespace {

using Weight = StartProblem::Weight;

/// For -L and -D.
std::shared_ptr<const io::ListenPlace> forward_place(const wire::Address& at, io::Family family) {
  return io::tcp_place({io::host_text(at), at.port, family});
}

/// What several kinds of things need.
class Check {
 protected:
  explicit Check(const StartSite& site) : site_(site) {}

  std::vector<StartProblem> take() { return std::move(problems_); }
  void add(Weight weight, std::string_view option, std::string text, std::size_t index = 0) {
    problems_.push_back({.weight = weight, .option = option, .index = index, .text = std::move(text)});
  }

  enum class IfMissing : std::uint8_t { fails, waits };
  void check_device(const std::string& device, IfMissing if_missing) {
    if (auto misspelt = io::misspelt_port(device)) return add(Weight::mistake, "port", std::move(*misspelt));
    const auto seen = io::look_at_line(device);
    if (seen) return;
    const std::string why = seen.error().text + io::other_ports(device);
    const bool waits = seen.error().kind != io::OpenError::Kind::unusable && if_missing == IfMissing::waits;
    if (!waits)
      return add(Weight::mistake, "port", fmt::format("Could not open serial port {}: {}", device, why));
    add(Weight::warning, "port", fmt::format("{} would be waited for: {}", device, why));
  }

  void check_place(std::string_view option, std::size_t index, const io::ListenPlace& place) {
    const auto host = place.host();
    io::ListenPlace::Addresses addresses;
    if (host) {
      addresses = io::known_addresses_to_listen_at(*host);
      if (addresses.empty()) return;  // a name
    }
    const auto obstacle = place.try_out(site_.context, addresses);
    if (!obstacle) return;
    using Kind = io::Obstacle::Kind;
    if (obstacle->kind == Kind::in_use && site_.becomes_free(place)) return;
    if (obstacle->kind == Kind::not_passed && site_.passed == StartSite::Passed::to_another) return;
    add(Weight::mistake, option, obstacle->text, index);
  }

 private:
  const StartSite& site_;
  std::vector<StartProblem> problems_;
};

class LinkCheck : Check {
 public:
  LinkCheck(const LinkOptions& options, const StartSite& site) : Check(site), options_(options) {}

  std::vector<StartProblem> problems() && {
    check_key();
    const bool waits = options_.missing == io::LinePump::Missing::wait;
    check_device(options_.port, waits ? IfMissing::waits : IfMissing::fails);
    for (const auto& [option, index, place] : listen_options(options_)) check_place(option, index, *place);
    return take();
  }

 private:
  void check_key() {
    if (!options_.key_file) return;
    const auto loaded = io::read_key_file(*options_.key_file, options_.unsafe_key_file);
    if (!loaded) return add(Weight::mistake, "key", loaded.error());
    constexpr std::string_view kMark = "WARNING: ";  // of the log
    if (!loaded->warning) return;
    const bool marked = loaded->warning->starts_with(kMark);
    add(Weight::warning, "key", loaded->warning->substr(marked ? kMark.size() : 0));
  }

  const LinkOptions& options_;
};

class ShareCheck : Check {
 public:
  ShareCheck(const share::ShareConfig& config, const StartSite& site) : Check(site), config_(config) {}

  std::vector<StartProblem> problems() && {
    const bool waits = config_.missing == share::ShareConfig::Missing::wait;
    check_device(config_.device, waits ? IfMissing::waits : IfMissing::fails);
    std::map<std::string_view, std::size_t> counts;
    for (const share::Place& place : config_.places) {
      const std::string_view option = option_of(place);
      check_client_place(place, option, counts[option]++);
    }
    if (!config_.log_file.empty()) {
      if (const int error = log_error(config_.log_file))
        add(Weight::mistake, "log",
            fmt::format("nothing could be written to {}: {}: choose another file", config_.log_file,
                        io::plain_text(error)));
    }
    return take();
  }

 private:
  static std::string_view option_of(const share::Place& place) {
    using Kind = share::Place::Kind;
    if (place.kind == Kind::unix_socket) return "unix";
    if (place.kind == Kind::dialled) return "client";
    return place.kind == Kind::pty ? "pty" : share::protocol_name(place.protocol);
  }

  void check_client_place(const share::Place& place, std::string_view option, std::size_t index) {
    using Kind = share::Place::Kind;
    if (const auto* const path = std::get_if<std::string>(&place.where)) {
      if (place.kind == Kind::pty) {
        if (auto problem = io::PtyDevice::problem_at(*path))
          add(Weight::mistake, option, std::move(*problem), index);
      } else if (const auto problem = io::SocketFile::problem_at(*path)) {
        add(Weight::mistake, option, fmt::format("Could not listen on unix:{}: {}", *path, *problem), index);
      }
      return;
    }
    if (place.kind == Kind::dialled) return;
    check_place(option, index, *io::tcp_place(std::get<io::Target>(place.where)));
  }

  const share::ShareConfig& config_;
};

class NetCheck : Check {
 public:
  NetCheck(const gateway::GatewayConfig& config, const StartSite& site) : Check(site), config_(config) {}

  std::vector<StartProblem> problems() && {
    if (auto missing = nat::Network::missing(); !missing.empty() && config_.tun.empty())
      add(Weight::mistake, "", std::move(missing));
    if (!config_.tun.empty()) check_interface();
    check_device(config_.device, IfMissing::waits);
    if (!config_.login_file.empty()) {
      if (auto logins = gateway::read_login_file(config_.login_file); !logins)
        add(Weight::mistake, "login", std::move(logins.error()));
    }
    for (std::size_t i = 0; i < config_.forwards.size(); ++i)
      check_place("local-forward", i, *io::tcp_place(config_.forwards[i].listen));
    return take();
  }

 private:
  void check_interface() {
    if (io::interface_mtu(config_.tun) == 0)
      return add(Weight::mistake, "tun",
                 fmt::format("Could not use the interface {}: there is none. An administrator makes it: {}",
                             config_.tun, io::how_to_prepare(config_.tun)));
    const auto found = gateway::addresses_of_interface(config_.tun);
    if (auto addresses = gateway::addresses_by(found, config_.net, config_.tun); !addresses)
      add(Weight::mistake, "tun", std::move(addresses.error()));
  }

  const gateway::GatewayConfig& config_;
};

}  // namespace

std::vector<StartProblem> start_problems(const LinkOptions& options, const StartSite& site) {
  return LinkCheck(options, site).problems();
}

int log_error(const std::string& path) {
  return io::why_not_writable(path);
}

std::vector<StartProblem> share_start_problems(const ShareOptions& options, const StartSite& site) {
  return ShareCheck(options.share, site).problems();
}

std::vector<StartProblem> net_start_problems(const NetOptions& options, const StartSite& site) {
  return NetCheck(options.net, site).problems();
}

std::vector<ListenOption> listen_options(const LinkOptions& options) {
  std::vector<ListenOption> all;
  for (std::size_t i = 0; i < options.servers.size(); ++i)
    all.push_back({"server", i, options.servers[i].place});
  for (std::size_t i = 0; i < options.local_forwards.size(); ++i)
    all.push_back({"local-forward", i, forward_place(options.local_forwards[i].listen, options.family)});
  for (std::size_t i = 0; i < options.dynamic_forwards.size(); ++i)
    all.push_back({"dynamic-forward", i, forward_place(options.dynamic_forwards[i], options.family)});
  return all;
}

}  // namespace serialtcp::cli
