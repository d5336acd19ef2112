// SpeedGuess: from bytes that were received at a wrong speed, which speed their sender has, and what it sends: frames of ours,
// or text. A model of both is put through a UART at each speed (uart_view), for clocks up to 3 % apart; the speed whose
// result is most like what was received is the most likely one. Pure; it draws its models from a fixed seed.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "serialtcp/bytes.h"

namespace serialtcp::wire {

class SpeedGuess {
 public:
  enum class Said : std::uint8_t { frames, text };

  struct Guess {
    std::uint32_t speed = 0;
    Said said = Said::frames;
    double score = 0;  ///< logarithm of the likelihood, up to a constant
  };

  /// Of these speeds, each once, the more usual ones first: it is believed a little more.
  explicit SpeedGuess(std::span<const std::uint32_t> speeds);

  /// These were received at this speed, between two pauses. The first time for a speed, models are made, which takes some
  /// milliseconds.
  void heard(ByteView bytes, std::uint32_t at);
  /// All of them, the most likely one first.
  std::vector<Guess> ranked() const;
  void forget();

 private:
  using Likelihoods = std::array<float, 256>;  // logarithms, by byte
  /// What arrives at one speed.
  struct Received {
    Likelihoods of_byte{};
    std::size_t least = 0;  ///< bytes that a hello gives; 0 for text, which may be a single character
  };
  using Model = std::vector<Received>;  // by guess

  const Model& model_at(std::uint32_t speed);

  std::vector<Guess> guesses_;
  std::map<std::uint32_t, Model> models_;
};

/// Whether this is probably text that was received at the right speed.
bool looks_like_text(ByteView bytes);
/// Whether there are beginnings and ends of our frames in it, or codes of the original's protocol: it was received at the
/// right speed.
bool looks_like_frames(ByteView bytes);

}  // namespace serialtcp::wire
