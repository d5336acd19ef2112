#include "gateway/link_maker.h"

#include "ip/slip_link.h"
#include "os/entropy.h"
#include "ppp/link.h"

namespace serialtcp::gateway {

namespace {

std::unique_ptr<ip::DatagramLink> make_ppp(const LinkWish& wish, const nat::NetworkConfig& addresses,
                                           Time now) {
  ppp::Config config;
  config.rate = wish.rate;
  config.ours = addresses.gateway;
  config.peers = addresses.device;
  config.dns = {wish.name_server, 0};
  config.ipv6 = addresses.ipv6;
  config.our_id =
      nat::kGatewayId;  // so its link-local address is the one that answers, and advertises itself
  config.entropy = io::fresh_entropy();
  if (wish.device_logs_in) config.accepts.assign(wish.logins.begin(), wish.logins.end());
  if (!wish.logins.empty()) config.login = wish.logins.front();
  // A device that has spoken is answered, and it need not be there yet.
  config.start = ppp::Config::Start::active;
  return std::make_unique<ppp::PppLink>(config, now);
}

}  // namespace

std::unique_ptr<ip::DatagramLink> make_link(const LinkWish& wish, const nat::NetworkConfig& addresses,
                                            Time now) {
  if (wish.speech == Speech::ppp) return make_ppp(wish, addresses, now);
  const bool told = wish.known == LinkWish::Known::told;
  const auto compression = wish.speech == Speech::cslip ? ip::SlipCompression::on
                           : told                       ? ip::SlipCompression::off
                                                        : ip::SlipCompression::automatic;
  return std::make_unique<ip::SlipLink>(
      ip::LinkAddresses{
          .ours = addresses.gateway, .peers = addresses.device, .mtu = ip::SlipLink::kMaxDatagram},
      compression);
}

}  // namespace serialtcp::gateway
