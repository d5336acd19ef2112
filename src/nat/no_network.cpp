// A program that was built without libslirp.
#include "nat/network.h"

namespace serialtcp::nat {

std::string Network::missing() {
  return "this serialtcp was built without libslirp, so it has no network for a device: build it where libslirp-dev is "
         "installed, or give the packets to an interface of the system (--tun NAME)";
}

std::string Network::library_version() {
  return "";
}

std::expected<std::unique_ptr<Network>, std::string> Network::make(io::asio::io_context&,
                                                                   const NetworkConfig&, NetworkUser&) {
  return std::unexpected(missing());
}

}  // namespace serialtcp::nat
