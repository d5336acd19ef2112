// The options of LCP (RFC 1661 section 6, RFC 1662 section 7): what frames may be like in each direction, who logs in,
// and whether the line is a loop.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "ppp/config.h"
#include "ppp/dice.h"
#include "ppp/options.h"

namespace serialtcp::ppp {

/// How an end proves who it is.
enum class Proof : std::uint8_t { none, pap, chap };

class LcpOptions final : public Options {
 public:
  /// What one end may receive, and how the other one proves itself to it.
  struct Side {
    std::size_t mru = limits::kDefaultMru;
    std::uint32_t map = 0xFFFFFFFF;
    std::uint32_t magic = 0;
    bool short_protocol = false;
    bool no_address = false;
    Proof proof = Proof::none;
  };
  /// Requests with our own magic number, one after the other, that mean a loop.
  static constexpr int kLoops = 3;
  /// Demands of a login that this end does not have; the next one means that there will be no link.
  static constexpr int kDemands = 2;
  static constexpr std::string_view kNoLogin =
      "The other end demands a name and a password, and this end has none: give it a login.";

  /// Both outlive it.
  LcpOptions(const Config& config, Dice& dice) : config_(config), dice_(dice) {}

  void reset() override;
  void append_wanted(Bytes& out) const override;
  void begin_peer() override { peers_ = {}; }
  Judgement judge(const Option& option) override;
  void naked(const Option& option) override;
  void rejected(Byte type) override;
  std::string problem() const override { return problem_; }
  std::string_view name(Byte type) const override;

  /// What the peer may send us; the proof is the peer's.
  const Side& ours() const { return ours_; }
  /// What we may send the peer; the proof is ours.
  const Side& peers() const { return peers_; }
  bool is_loop() const { return loops_ >= kLoops; }
  /// The peer wanted a login, in this negotiation, that this end does not have.
  bool lacks_login() const { return demands_ > 0; }
  /// The magic number of the peer looks like one of this program's.
  bool peer_is_kin() const { return is_kin(peers_.magic); }
  static bool is_kin(std::uint32_t magic);

 private:
  std::uint32_t new_magic();
  Judgement judge_mru(ByteView value);
  Judgement judge_map(ByteView value);
  Judgement judge_magic(ByteView value);
  Judgement judge_proof(ByteView value);

  const Config& config_;
  Dice& dice_;
  Side ours_;
  Side peers_;
  // What the peer refuses at all.
  bool mru_refused_ = false, map_refused_ = false;
  int loops_ = 0;
  int demands_ = 0;
  std::string problem_;
};

}  // namespace serialtcp::ppp
