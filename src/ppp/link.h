// PppLink: one end of a PPP link (RFC 1661), as a DatagramLink. It runs LCP, then proofs of who is there, then IPCP and
// IPV6CP, and carries datagrams.
//
// It begins again by itself whenever the link has come to nothing; only close() ends it for good.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/outbox.h"
#include "ip/datagram_link.h"
#include "ip/vj_compressor.h"
#include "ip/vj_decompressor.h"
#include "ppp/authentication.h"
#include "ppp/config.h"
#include "ppp/control_protocol.h"
#include "ppp/dice.h"
#include "ppp/framing.h"
#include "ppp/ipcp.h"
#include "ppp/ipv6cp.h"
#include "ppp/lcp.h"

namespace serialtcp::ppp {

/// For status. Of what is not in use, the default.
struct LinkFacts {
  bool lcp = false, ipv4 = false, ipv6 = false;  ///< which protocols both ends have agreed on
  bool compressed_headers_sent = false, compressed_headers_received = false;  ///< VJ
  SendFormat sends;
  FrameCounts received;
  std::uint64_t sent = 0;              ///< frames
  std::uint64_t dropped = 0;           ///< datagrams for the peer: too long, too many, or the link was down
  std::array<std::uint32_t, 2> dns{};  ///< that the peer has given
  std::string peers_name;              ///< which the peer has proven
};

class PppLink final : public ip::DatagramLink, private ControlEvents {
 public:
  PppLink(Config config, Time now);

  void receive(ByteView bytes, Time now) override;
  void send(ByteView datagram, Time now) override;
  std::size_t pending() const override { return outbox_.size(); }
  Bytes transmit(std::size_t room) override;
  void tick(Time now) override;
  Time deadline() const override;
  /// `up` is reported again while up when IPv4 or IPv6 is added or removed: addresses() tells.
  std::optional<ip::LinkReport> poll() override;
  bool is_up() const override { return up_; }
  ip::LinkAddresses addresses() const override;
  bool compresses_headers() const override { return compressor_.has_value(); }
  void close(Time now, std::string_view why) override;

  LinkFacts facts() const;

 private:
  // What the control protocols report.
  void send_packet(std::uint16_t protocol, ByteView packet) override;
  void layer_up(std::uint16_t protocol, Time now) override;
  void layer_down(std::uint16_t protocol, std::string_view why, Time now) override;
  void layer_finished(std::uint16_t protocol, std::string_view why, Time now) override;
  void gave_up(std::uint16_t protocol, std::string_view why, Time now) override;
  void code_rejected(std::uint16_t protocol, Byte code) override;

  void hear(const Frame& frame, Time now);
  void hear_lcp(ByteView bytes, Time now);
  void hear_echo_request(const Packet& packet);
  void hear_protocol_reject(const Packet& packet, Time now);
  void hear_network(const Frame& frame, Time now);
  void hear_datagram(ByteView datagram, bool open);
  void hear_compressed(const Frame& frame);
  void send_ipv4(ByteView datagram);
  void set_compression();
  void reject_protocol(const Frame& frame);

  void start_lcp(Time now);
  void restart(Time now);
  void end(std::string_view why, Time now);
  void lcp_is_up(Time now);
  void lcp_is_down(std::string_view why, Time now);
  void lcp_is_finished(std::string_view why, Time now);

  void authenticate(Time now);
  void go_on_authenticating(Time now);
  bool is_authenticated() const;
  void start_network(Time now);
  void note_dispute();
  void end_if_useless(std::string_view why, Time now);
  void update_up(std::string_view why);

  void tick_echo(Time now);
  void send_echo_request();

  void send_frame(std::uint16_t protocol, ByteView information);
  void report(ip::LinkReport report);
  void note(std::string_view text);
  ControlProtocol* network_protocol(std::uint16_t protocol);

  Config config_;
  Dice dice_;
  Timing timing_;
  LcpOptions lcp_options_;
  IpcpOptions ipcp_options_;
  Ipv6cpOptions ipv6cp_options_;
  ControlProtocol lcp_;
  ControlProtocol ipcp_;
  ControlProtocol ipv6cp_;
  std::unique_ptr<Authentication> judge_;   // of the peer
  std::unique_ptr<Authentication> prover_;  // of this end
  bool network_ = false;                    // IPCP and IPV6CP may speak

  FrameReader reader_{limits::kDefaultMru};
  base::Outbox outbox_;
  SendFormat format_;
  std::optional<ip::VjCompressor> compressor_;  // while both ends agree on it, for each direction
  std::optional<ip::VjDecompressor> decompressor_;
  std::uint64_t damaged_ = 0;  // frames, of which the decompressor knows
  std::deque<ip::LinkReport> reports_;
  std::vector<std::string> noted_;  // since the link was up: each is said once
  bool up_ = false;
  bool had_ipv4_ = false, had_ipv6_ = false;  // when up was reported last

  bool closed_ = false;
  Time retry_at_ = kNever;

  Time echo_at_ = kNever;
  int unanswered_ = 0;
  Byte echo_id_ = 0;

  std::uint64_t sent_ = 0;
  std::uint64_t dropped_ = 0;
};

}  // namespace serialtcp::ppp
