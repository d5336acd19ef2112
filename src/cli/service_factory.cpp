#include "cli/service_factory.h"

#include <fmt/format.h>

#include <utility>
#include <variant>

#include "net/connector.h"
#include "net/program.h"
#include "net/tcp_listener.h"
#include "net/unix_listener.h"
#include "net/unix_socket.h"
#include "os/error_text.h"

namespace serialtcp::cli {

std::string cannot_listen(const std::string& where, const io::ErrorCode& error) {
  return fmt::format("Could not listen on {}: {}", where, io::listen_text(error.value()));
}

std::expected<MadeFrontEnd, std::string> make_front_end(const io::Target& at,
                                                        const std::vector<io::asio::ip::address>& addresses,
                                                        io::asio::io_context& context,
                                                        io::Observer& observer) {
  auto listener = io::TcpListener::listen(context, addresses, at.port, observer);
  if (!listener) return std::unexpected(cannot_listen(io::to_string(at), listener.error()));
  MadeFrontEnd made;
  for (const io::tcp::endpoint& address : (*listener)->addresses()) {
    made.places.push_back(io::to_string(io::Target{address.address().to_string(), address.port()}));
    if (!address.address().is_loopback()) made.exposed.push_back(made.places.back());
  }
  made.port = (*listener)->address().port();
  made.front_end = std::move(*listener);
  return made;
}

std::expected<MadeFrontEnd, std::string> make_front_end(const UnixPath& at, io::asio::io_context& context,
                                                        io::Observer& observer) {
  const mode_t mode = at.mode.value_or(io::UnixListener::kDefaultMode);
  auto listener = io::UnixListener::listen(context, at.path, mode, observer);
  if (!listener) return std::unexpected(listener.error());
  return MadeFrontEnd{.front_end = std::move(*listener), .places = {"unix:" + at.path}};
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
