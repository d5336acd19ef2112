// Programs: "exec:git-upload-pack /srv/x.git".
#include "net/program.h"
#include "os/text.h"
#include "service/service_kinds.h"

namespace serialtcp::io {

namespace {

class CommandPlace final : public PlaceOf<ConnectPlace, std::string> {
 public:
  using PlaceOf::PlaceOf;

  StreamKind streams() const override { return StreamKind::bytes; }
  std::string text() const override { return "exec:" + printable(value_); }
  void offer(const ServiceSite& site, const ServiceTerms& terms) const override {
    site.connections.offer(
        terms.name,
        std::make_unique<ProgramTarget>(site.connections.context(), value_, site.connections.observer(),
                                        site.shares.programs, site.shares.watcher),
        terms.limit);
  }
};

class ExecKind final : public ServiceKind {
 public:
  std::string_view prefix() const override { return "exec:"; }
  Commas commas() const override { return Commas::belong_to_place; }
  std::string_view options_are() const override { return "for programs"; }
  std::span<const KindOption> options() const override { return {}; }

  ParsedPlace<ListenPlace> parse_server(const PlaceText&) const override {
    return std::unexpected("exec: is for --client: a program is connected to, it does not listen");
  }

  ParsedPlace<ConnectPlace> parse_client(const PlaceText& text) const override {
    if (text.where.find_first_not_of(' ') == std::string_view::npos)
      return std::unexpected("exec: needs a command, as in exec:'git-upload-pack /srv/x.git'");
    return std::make_shared<CommandPlace>(std::string(text.where));
  }
};

}  // namespace

const ServiceKind& exec_kind() {
  static const ExecKind kind;
  return kind;
}

}  // namespace serialtcp::io
