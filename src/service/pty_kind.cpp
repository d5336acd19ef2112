// A pty that programs of this machine open like a serial port: "pty:/tmp/board,rfc2217".
#include <fmt/format.h>

#include <array>

#include "os/files.h"
#include "service/pty_front_end.h"
#include "service/service_kinds.h"

namespace serialtcp::io {

namespace {

struct PtyPath {
  std::string path = {};
  PtyFrontEnd::Far far = PtyFrontEnd::Far::raw;

  bool operator==(const PtyPath&) const = default;
};

class PtyServerPlace final : public PlaceOf<FrontEndPlace, PtyPath> {
 public:
  using PlaceOf::PlaceOf;

  std::string text() const override { return "pty:" + value_.path; }
  std::optional<Target> host() const override { return std::nullopt; }
  std::optional<Claim> claim() const override {
    return Claim{.space = "pty", .key = normal_path(value_.path)};
  }

  std::optional<Obstacle> try_out(asio::io_context&, const Addresses&) const override {
    std::error_code ignored;
    const FileKind kind = file_kind(value_.path, ignored);
    if (kind == FileKind::none || kind == FileKind::link) return std::nullopt;
    return Obstacle{
        .text = fmt::format("Could not listen on {}: something that is not a symbolic link is there already",
                            text())};
  }

  std::expected<Made, std::string> make(asio::io_context& context, Observer& observer,
                                        const Addresses&) const override {
    auto front_end = std::make_unique<PtyFrontEnd>(context, value_.path, value_.far, observer);
    if (const auto made = front_end->make(); !made)
      return std::unexpected(fmt::format("Could not listen on {}: {}", text(), made.error()));
    return Made{.front_end = std::move(front_end), .listening = {.places = {text()}}};
  }
};

constexpr KindOption kPtyRfc2217 = {"rfc2217", "rfc2217",
                                    "for a --client that is a serial port, and for a pty"};
constexpr std::array kPtyOptions = {kPtyRfc2217};

class PtyKind final : public ServiceKind {
 public:
  std::string_view prefix() const override { return "pty:"; }
  Commas commas() const override { return Commas::begin_options; }
  std::string_view options_are() const override { return "for ptys"; }
  std::span<const KindOption> options() const override { return kPtyOptions; }

  ParsedPlace<ListenPlace> parse_server(const PlaceText& text) const override {
    PtyPath at{.path = std::string(text.where)};
    if (at.path.empty())
      return std::unexpected("pty: needs the path of a link to be made, as in pty:/tmp/board");
    for (const std::string_view option : text.options) {
      if (!kPtyRfc2217.is(option)) return std::unexpected(option_not_taken(option));
      at.far = PtyFrontEnd::Far::rfc2217;
    }
    return std::make_shared<PtyServerPlace>(std::move(at));
  }

  ParsedPlace<ConnectPlace> parse_client(const PlaceText&) const override {
    return std::unexpected(
        "pty: is for --server: a program opens it. For a port of this machine, use serial:DEVICE");
  }
};

}  // namespace

const ServiceKind& pty_kind() {
  static const PtyKind kind;
  return kind;
}

}  // namespace serialtcp::io
