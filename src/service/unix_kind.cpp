// Unix sockets: "unix:/run/x.sock,mode=0660"; "unix:/run/x.sock".
#include <fmt/format.h>
#include <sys/types.h>

#include <charconv>

#include "net/socket_file.h"
#include "net/unix_listener.h"
#include "net/unix_socket.h"
#include "os/files.h"
#include "service/service_kinds.h"

namespace serialtcp::io {

namespace {

struct UnixPath {
  std::string path = {};
  mode_t mode = UnixListener::kDefaultMode;  ///< of one to listen on: who may connect

  bool operator==(const UnixPath&) const = default;
};

class UnixServerPlace final : public PlaceOf<FrontEndPlace, UnixPath> {
 public:
  using PlaceOf::PlaceOf;

  std::string text() const override { return "unix:" + value_.path; }
  std::optional<Target> host() const override { return std::nullopt; }
  std::optional<Claim> claim() const override {
    if (is_abstract(value_.path)) return Claim{.space = "unix", .key = value_.path};
    return Claim{.space = "unix", .key = normal_path(value_.path)};
  }

  std::optional<Obstacle> try_out(asio::io_context&, const Addresses&) const override {
    if (is_abstract(value_.path)) return std::nullopt;
    const auto problem = SocketFile::problem_at(value_.path);
    if (!problem) return std::nullopt;
    return Obstacle{.text = fmt::format("Could not listen on {}: {}", text(), *problem)};
  }

  std::expected<Made, std::string> make(asio::io_context& context, Observer& observer,
                                        const Addresses&) const override {
    auto listener = UnixListener::listen(context, value_.path, value_.mode, observer);
    if (!listener) return std::unexpected(listener.error());
    Made made{.front_end = std::move(*listener), .listening = {.places = {text()}}};
    if (is_abstract(value_.path)) {
      made.listening.warnings.push_back(
          fmt::format("WARNING: every user of this machine can connect to {} and through the cable, since an "
                      "abstract socket has no permissions: use unix:PATH to let only some in",
                      text()));
    }
    return made;
  }
};

class UnixClientPlace final : public PlaceOf<ConnectPlace, UnixPath> {
 public:
  using PlaceOf::PlaceOf;

  StreamKind streams() const override { return StreamKind::bytes; }
  std::string text() const override { return "unix:" + value_.path; }
  void offer(const ServiceSite& site, const ServiceTerms& terms) const override {
    site.connections.offer(
        terms.name,
        std::make_unique<UnixTarget>(site.connections.context(), value_.path, site.connect_timeout),
        terms.limit);
  }
};

constexpr KindOption kMode = {"mode=", "mode=MODE", "for a --server on a unix socket"};
constexpr std::array kUnixOptions = {kMode};

std::expected<mode_t, std::string> parse_mode(std::string_view text) {
  constexpr mode_t kMost = 0777;
  unsigned mode = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), mode, 8);
  if (!text.empty() && error == std::errc{} && end == text.data() + text.size() && mode <= kMost) return mode;
  return std::unexpected(fmt::format("'{}' is not a mode, in octal as in mode=0660", text));
}

class UnixKind final : public ServiceKind {
 public:
  std::string_view prefix() const override { return "unix:"; }
  Commas commas() const override { return Commas::begin_options; }
  std::string_view options_are() const override { return "for unix sockets"; }
  std::span<const KindOption> options() const override { return kUnixOptions; }

  ParsedPlace<ListenPlace> parse_server(const PlaceText& text) const override {
    auto path = parse_unix_path(text.where);
    if (!path) return std::unexpected(path.error());
    UnixPath at{.path = std::move(*path)};
    for (const std::string_view option : text.options) {
      if (!kMode.is(option)) return std::unexpected(option_not_taken(option));
      if (is_abstract(at.path))
        return std::unexpected("mode= needs a path: an abstract socket has no permissions");
      const auto mode = parse_mode(option.substr(kMode.name.size()));
      if (!mode) return std::unexpected(mode.error());
      at.mode = *mode;
    }
    return std::make_shared<UnixServerPlace>(std::move(at));
  }

  ParsedPlace<ConnectPlace> parse_client(const PlaceText& text) const override {
    auto path = parse_unix_path(text.where);
    if (!path) return std::unexpected(path.error());
    if (!text.options.empty()) return std::unexpected(option_not_taken(text.options.front()));
    return std::make_shared<UnixClientPlace>(UnixPath{.path = std::move(*path)});
  }
};

}  // namespace

const ServiceKind& unix_kind() {
  static const UnixKind kind;
  return kind;
}

}  // namespace serialtcp::io
