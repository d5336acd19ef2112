#include "cli/service_factory.h"

#include <utility>
#include <variant>

#include "io/connector.h"
#include "io/program.h"
#include "io/tcp_listener.h"
#include "io/unix_listener.h"
#include "io/unix_socket.h"

namespace serialtcp::cli {

namespace {

using MadeOrNot = std::expected<MadeFrontEnd, std::string>;

MadeOrNot listen(const io::Target& at, io::asio::io_context& context, io::Observer& observer) {
  auto listener = io::TcpListener::listen(context, at, observer);
  if (!listener) return std::unexpected(listener.error());
  const auto address = (*listener)->address();
  const io::Target target{address.address().to_string(), address.port()};
  return MadeFrontEnd{std::move(*listener), io::to_string(target), address.port(),
                      address.address().is_loopback() ? Exposed::no : Exposed::yes};
}

MadeOrNot listen(const UnixPath& at, io::asio::io_context& context, io::Observer& observer) {
  const mode_t mode = at.mode.value_or(io::UnixListener::kDefaultMode);
  auto listener = io::UnixListener::listen(context, at.path, mode, observer);
  if (!listener) return std::unexpected(listener.error());
  return MadeFrontEnd{std::move(*listener), "unix:" + at.path, std::nullopt, Exposed::no};
}

MadeOrNot listen(const Command&, io::asio::io_context&, io::Observer&) {
  return std::unexpected("a program cannot be listened on");
}

MadeOrNot listen(const UdpPort&, io::asio::io_context&, io::Observer&) {
  return std::unexpected("UDP brings datagrams, not connections");
}

}  // namespace

MadeOrNot make_front_end(const ServiceSpec& spec, io::asio::io_context& context, io::Observer& observer) {
  return std::visit([&](const auto& place) { return listen(place, context, observer); }, spec.place);
}

std::unique_ptr<io::BackEnd> make_back_end(const ServiceSpec& spec, io::asio::io_context& context,
                                           io::Resolver& resolver, io::Observer& observer,
                                           Duration connect_timeout, const io::ProcessShares& shares) {
  if (const auto* at = std::get_if<UnixPath>(&spec.place)) {
    return std::make_unique<io::UnixTarget>(context, at->path, connect_timeout);
  }
  if (const auto* command = std::get_if<Command>(&spec.place)) {
    return std::make_unique<io::ProgramTarget>(context, command->text, observer, shares.programs,
                                               shares.watcher);
  }
  return std::make_unique<io::TcpTarget>(context, resolver, std::get<io::Target>(spec.place),
                                         connect_timeout);
}

}  // namespace serialtcp::cli
