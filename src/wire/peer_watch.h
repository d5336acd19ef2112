// PeerWatch: at a port that is a console for people, tells what a peer of ours sends from what people type. What is typed is
// passed on at once; of what a peer sends, nothing is. docs/protocol.md, "A console and a link".
//
// Bytes that follow each other closely are a burst. Nobody types a burst that begins with an end of frame, a NUL or a byte
// above 7F, so such a one is held until it is known what it is; and so is the first one, which may have begun before. In a
// burst that begins with a key, which may be pasted text or a file, only what looks like the beginning of a hello is held,
// and what follows an end of frame.
#pragma once

#include <cstddef>
#include <cstdint>

#include "serialtcp/bytes.h"
#include "serialtcp/time.h"

namespace serialtcp::wire {

class PeerWatch {
 public:
  /// A burst ends when nothing comes for this time and that of some bytes.
  static constexpr Duration kPause = std::chrono::milliseconds(30);
  /// So long the rest of what looks like a peer's is waited for.
  static constexpr Duration kPatience = std::chrono::seconds(1);
  /// For one that may be the first byte of a peer's, and is a key, too (Ctrl-_).
  static constexpr Duration kPatienceForKey = std::chrono::milliseconds(300);
  /// Bytes that are held; more of the same burst are no hello.
  static constexpr std::size_t kMostHeld = 640;

  /// `rate`: of the line, in bytes per second.
  explicit PeerWatch(std::uint64_t rate);

  /// Appends to `keys` what is for the console. Once a peer was found, everything is held.
  void hear(ByteView bytes, Time now, Bytes& keys);
  /// Decides about what is held when no more of it comes.
  void tick(Time now, Bytes& keys);
  Time deadline() const;

  /// A peer has said hello, or has sent another frame.
  bool found() const { return found_; }
  /// What it has sent, from its first byte on; then the watch begins anew.
  Bytes take();

 private:
  /// How the burst began, or what is looked at in it.
  enum class Burst : std::uint8_t {
    none,
    keys,     ///< passed on
    foreign,  ///< held: it began with what nobody types, or an end of frame was in it
    hello,    ///< held: amid keys, what looks like the beginning of a hello
    message,  ///< held: the same of a line message
    dropped,  ///< a foreign one that is longer than what is held
  };

  void begin_burst();
  void take_byte(Byte byte, Bytes& keys);
  void pass(Byte byte, Bytes& keys);
  void hold_foreign(Byte byte, Bytes& keys);
  void hold_hello(Byte byte, Bytes& keys);
  void hold_message(Byte byte, Bytes& keys);
  void drop_on(Byte byte);
  void release(Bytes& keys);
  void erase_passed(Bytes& keys);
  void end_of_frame();
  Duration patience() const;

  Duration pause_;
  Burst burst_ = Burst::none;
  Bytes held_;
  std::size_t frame_at_ = 0;  ///< where in held_ the frame begins that has not ended
  bool first_ = true;         ///< nothing was heard before this burst
  bool amid_keys_ = false;    ///< a foreign one that began with keys
  std::size_t passed_ = 0;    ///< of this burst, characters that the console has got
  std::size_t dropped_ = 0;
  Byte last_byte_ = 0;
  Time last_ = kNever;
  bool found_ = false;
};

}  // namespace serialtcp::wire
