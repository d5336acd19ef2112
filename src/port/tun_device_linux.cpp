// tun(4): /dev/net/tun, and ip-tuntap(8).
#include "port/tun_device.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <ifaddrs.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <pwd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "net/address.h"
#include "os/asio.h"
#include "os/error_text.h"

namespace serialtcp::io {

namespace {

constexpr const char* kTunClone = "/dev/net/tun";

ifreq request_for(const std::string& name) {
  ifreq request{};
  std::memcpy(request.ifr_name, name.data(), std::min<std::size_t>(name.size(), IFNAMSIZ - 1));
  return request;
}

std::string user_name() {
  const passwd* const entry = ::getpwuid(::geteuid());
  return entry != nullptr ? entry->pw_name : std::to_string(::geteuid());
}

std::string clone_failure(int error) {
  if (error == ENOENT || error == ENODEV || error == ENXIO) {
    return fmt::format(
        "this system has no {}: load its driver (modprobe tun), or in a container give it that device",
        kTunClone);
  }
  if (error == EACCES || error == EPERM)
    return fmt::format("no permission for {}: ask an administrator for it (chmod 666 {})", kTunClone,
                       kTunClone);
  return fmt::format("{}: {}", kTunClone, plain_text(error));
}

TunFailure attach_failure(const std::string& name, int error) {
  switch (error) {
    case EBUSY:
      return {TunFailure::Kind::in_use,
              "another program uses it: stop that one, or choose another interface"};
    case EPERM:
    case EACCES:
      return {.text = fmt::format(
                  "it was not made for this user. An administrator removes it (ip tuntap del dev {} "
                  "mode tun), and makes it again: {}",
                  name, how_to_prepare(name))};
    case EINVAL:
      return {.text =
                  fmt::format("it is no interface of mode tun (with one queue). Choose another name, and an "
                              "administrator makes it: {}",
                              how_to_prepare(name))};
    default:
      return {.text = plain_text(error)};
  }
}

}  // namespace

std::expected<void, std::string> check_interface_name(std::string_view name) {
  if (name.empty()) return std::unexpected("it is empty");
  if (name.size() >= IFNAMSIZ)
    return std::unexpected(fmt::format("it has more than {} characters", IFNAMSIZ - 1));
  const auto fits = [](char c) { return c > ' ' && c <= '~' && c != '/' && c != ':' && c != '%'; };
  if (name == "." || name == ".." || !std::ranges::all_of(name, fits))
    return std::unexpected("it has characters that the system does not allow there");
  return {};
}

std::expected<int, TunFailure> open_tun(const std::string& name) {
  const int fd = ::open(kTunClone, O_RDWR | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return std::unexpected(TunFailure{.text = clone_failure(errno)});
  // For a user with that right, attaching would make an interface without an address, which goes with the program.
  if (::if_nametoindex(name.c_str()) == 0) {
    ::close(fd);
    return std::unexpected(TunFailure{
        .text = fmt::format("there is none. An administrator makes it: {}", how_to_prepare(name))});
  }
  ifreq request = request_for(name);
  request.ifr_flags = IFF_TUN | IFF_NO_PI;
  if (::ioctl(fd, TUNSETIFF, &request) == 0) return fd;
  const int error = errno;
  ::close(fd);
  return std::unexpected(attach_failure(name, error));
}

std::size_t interface_mtu(const std::string& name) {
  const int fd = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return 0;
  ifreq request = request_for(name);
  const bool known = ::ioctl(fd, SIOCGIFMTU, &request) == 0;
  ::close(fd);
  return known ? static_cast<std::size_t>(std::max(request.ifr_mtu, 0)) : 0;
}

std::vector<std::string> interface_addresses(const std::string& name, std::size_t most) {
  std::vector<std::string> addresses;
  ifaddrs* all = nullptr;
  if (::getifaddrs(&all) != 0) return addresses;
  for (const ifaddrs* one = all; one != nullptr && addresses.size() < most; one = one->ifa_next) {
    if (one->ifa_addr == nullptr || name != one->ifa_name) continue;
    if (one->ifa_addr->sa_family == AF_INET) {
      const auto& address = *reinterpret_cast<const sockaddr_in*>(one->ifa_addr);
      addresses.push_back(asio::ip::address_v4(ntohl(address.sin_addr.s_addr)).to_string());
    } else if (one->ifa_addr->sa_family == AF_INET6) {
      asio::ip::address_v6::bytes_type bytes{};
      std::memcpy(bytes.data(), &reinterpret_cast<const sockaddr_in6*>(one->ifa_addr)->sin6_addr,
                  bytes.size());
      const asio::ip::address_v6 address(bytes);
      if (!address.is_link_local()) addresses.push_back(address.to_string());
    }
  }
  ::freeifaddrs(all);
  return addresses;
}

std::string how_to_prepare(const std::string& name) {
  return fmt::format(
      "ip tuntap add dev {0} mode tun user {1} && ip link set dev {0} up (and ip address add ADDRESS peer "
      "ADDRESS dev {0})",
      name, user_name());
}

}  // namespace serialtcp::io
