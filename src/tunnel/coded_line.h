// CodedLine: what stands between the protocols (Chooser) and the line, where the line does not carry all byte
// values. It encodes and decodes, separates line messages and sweeps from the bytes of the protocol, and notices
// that bytes arrive but no hello does. On a line that carries all values nothing is added or changed.
#pragma once

#include <optional>

#include "base/outbox.h"
#include "serialtcp/endpoint.h"
#include "tunnel/chooser.h"
#include "tunnel/go_on.h"
#include "tunnel/line_agreement.h"
#include "wire/line_coding.h"
#include "wire/line_message.h"

namespace serialtcp::tunnel {

class CodedLine {
 public:
  CodedLine(const EndpointConfig& config, const Entropy& entropy);

  Chooser& protocols() { return chooser_; }
  const Chooser& protocols() const { return chooser_; }

  // As in Endpoint.
  void feed(ByteView bytes, Time now);
  void tick(Time now);
  std::size_t transmit(MutableByteView room, Time now);
  Time deadline() const;
  Time transmit_due() const;
  std::optional<Event> poll();
  void line_lost(Time now);
  void line_restored(Time now);
  void shut_down(Time now);
  bool finished() const { return outbox_.empty() && chooser_.finished(); }
  Stats stats() const;

 private:
  bool is_off() const { return clean_.mode == CleanMode::eight_bits || chooser_.is_original(); }
  bool may_ask() const;
  bool may_be_asked(Time now);
  bool peer_is_heard(Time now) const;
  void heard_peer(Time now);
  void use_decoder(const wire::LineCoding& coding, Time now);
  Time announcement_due() const;
  void hear(const wire::LineMessage& message, Time now);
  void hear_data(ByteView bytes, Time now);
  void decode(ByteView bytes, Time now);
  void look_at_link(Time now);
  void watch_for_hellos(Time now);
  Time search_due() const;
  Time speech_due() const;
  void speak(Time now);
  bool may_be_stopped() const;
  Time go_on_due() const;
  void let_go_on(Time now);
  void let_answers_through(ByteView sent);
  void say(ByteView bytes, Time now);
  std::size_t transmit_plain(MutableByteView room, Time now);
  std::size_t transmit_coded(MutableByteView room, Time now);
  bool splits() const;
  bool guards() const;
  void put_guarded(ByteView bytes);
  void tell_of(const ByteChange& change);
  void use_encoder();
  void reset_codecs();

  const CleanLine clean_;
  const bool half_duplex_;
  const bool sealed_;
  const Duration patience_;
  Chooser chooser_;
  LineAgreement agreement_;

  // Incoming.
  wire::LineSplitter splitter_;
  wire::LineDecoder decoder_;
  std::optional<Bytes> sweep_;  ///< what has arrived of a sweep
  bool own_sweep_ = false;      ///< and it is an echo
  Bytes raw_;
  std::uint64_t received_ = 0;
  std::uint64_t fed_ = 0;
  Time hello_heard_{};
  Time deaf_since_ = kNever;
  Time search_begun_{};
  bool asked_at_text_ = false;  ///< once is enough where there is probably a console
  bool was_up_ = false;
  bool asked_ = false;  ///< since the link was lost, something was sent for a search
  std::optional<wire::LineCoding> other_coding_;  ///< that of the peer before its last announcement
  Time decoder_since_{};
  Time asked_from_{};

  // Outgoing.
  wire::LineEncoder encoder_;
  base::Outbox outbox_;
  Bytes piece_;
  Bytes coded_;
  wire::LineGuard guard_;
  GoOn go_on_;
  bool in_frame_ = false;  ///< the protocol's last bytes are not the end of one
  Time announced_{};
  std::uint64_t sent_ = 0;
  std::uint64_t composed_ = 0;

  std::optional<event::LineCoded> told_;
  bool tells_ = false;
};

}  // namespace serialtcp::tunnel
