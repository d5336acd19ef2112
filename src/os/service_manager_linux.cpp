// The protocol of sd_notify(3): datagrams to a unix socket.
#include "os/service_manager.h"

#include <fmt/format.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <utility>

#include "os/abstract_name.h"
#include "os/clock.h"
#include "os/environment.h"
#include "os/error_text.h"
#include "os/text.h"
#include "os/whole_number.h"

namespace serialtcp::io {

namespace {

using namespace std::chrono_literals;

/// Nothing is gained by longer ones, and longer ones may not fit into a Duration.
constexpr std::uint64_t kMaxWatchdog = std::chrono::microseconds(24h).count();

std::optional<std::string> take_variable(const char* name) {
  auto value = environment_variable(name);
  ::unsetenv(name);
  return value;
}

/// A path, or "@NAME".
std::optional<StreamEndpoint> address_of(std::string_view name) {
  if (name.starts_with('@')) {
    name.remove_prefix(1);
    return name.empty() || name.size() > kMaxAbstractName ? std::nullopt : abstract_endpoint(name);
  }
  sockaddr_un address{};
  if (!name.starts_with('/') || name.size() >= sizeof address.sun_path) return std::nullopt;
  address.sun_family = AF_UNIX;
  std::ranges::copy(name, address.sun_path);
  return StreamEndpoint(&address, sizeof address, 0);
}

}  // namespace

ServiceManager::ServiceManager() {
  const auto socket = take_variable("NOTIFY_SOCKET");
  const auto interval = take_variable("WATCHDOG_USEC");
  const auto watched = take_variable("WATCHDOG_PID");
  if (!socket || socket->empty()) return;
  open(*socket);
  if (!interval ||
      (watched && whole_number<std::uint64_t>(*watched) != static_cast<std::uint64_t>(::getpid())))
    return;
  const auto microseconds = whole_number<std::uint64_t>(*interval);
  if (!microseconds || *microseconds == 0) {
    note_problem(fmt::format("WATCHDOG_USEC is '{}', which is no time", printable(*interval)));
    return;
  }
  watchdog_ = std::chrono::microseconds(std::min(*microseconds, kMaxWatchdog));
}

ServiceManager::~ServiceManager() {
  if (socket_ >= 0) ::close(socket_);
}

bool ServiceManager::present() const {
  return socket_ >= 0;
}

void ServiceManager::open(const std::string& name) {
  name_ = printable(name);
  const auto address = address_of(name);
  if (!address)
    return note_problem("this is neither the path of a socket nor an abstract name such as @name");
  address_ = *address;
  socket_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (socket_ < 0) note_problem(plain_text(errno));
}

bool ServiceManager::send(std::string_view message, Loss loss) {
  if (!present()) return false;
  send_again();
  if (unsent_.empty()) {  // nothing overtakes a change
    const Sent sent = try_to_send(message);
    if (sent != Sent::no_room) return sent == Sent::yes;
  }
  if (loss == Loss::allowed) return false;
  if (unsent_.size() == kMaxUnsent) unsent_.pop_front();
  unsent_.emplace_back(message);
  return true;
}

void ServiceManager::send_reloading() {
  // On Linux, the clock of Time is CLOCK_MONOTONIC.
  const auto since_boot = std::chrono::duration_cast<std::chrono::microseconds>(now().time_since_epoch());
  send(fmt::format("RELOADING=1\nMONOTONIC_USEC={}", since_boot.count()), Loss::not_allowed);
}

void ServiceManager::send_again() {
  while (!unsent_.empty() && try_to_send(unsent_.front()) != Sent::no_room) unsent_.pop_front();
}

ServiceManager::Sent ServiceManager::try_to_send(std::string_view message) {
  const ssize_t count = ::sendto(socket_, message.data(), message.size(), MSG_DONTWAIT | MSG_NOSIGNAL,
                                 address_.data(), static_cast<socklen_t>(address_.size()));
  if (count >= 0) return Sent::yes;
  if (errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS || errno == EINTR) return Sent::no_room;
  note_problem(errno == ENOENT || errno == ECONNREFUSED ? "no program reads from it" : plain_text(errno));
  return Sent::lost;
}

void ServiceManager::note_problem(std::string_view reason) {
  if (std::exchange(told_, true)) return;
  problem_ = fmt::format(
      "WARNING: could not notify the service manager at {} (NOTIFY_SOCKET): {}. This "
      "program runs on without",
      name_, reason);
}

std::optional<std::string> ServiceManager::take_problem() {
  return std::exchange(problem_, std::nullopt);
}

}  // namespace serialtcp::io
