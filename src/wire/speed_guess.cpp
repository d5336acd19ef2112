#include "wire/speed_guess.h"

#include <algorithm>
#include <cmath>
#include <string_view>

#include "base/prng.h"
#include "wire/codec.h"
#include "wire/uart_view.h"

namespace serialtcp::wire {

namespace {

using Said = SpeedGuess::Said;
struct Counts {
  std::array<unsigned, 256> of_byte{};
  std::size_t least = SIZE_MAX;  ///< bytes of one transmission
};

constexpr std::uint64_t kSeed = 0x5EED;
/// How far the clocks of both ends are apart, as a part.
constexpr std::array<double, 5> kClocks = {-0.03, -0.015, 0, 0.015, 0.03};
/// For each of these: samples that are sent, at least, and bytes that are received.
constexpr int kLeastSamples = 2;
constexpr int kMostSamples = 40;
constexpr std::size_t kEnoughBytes = 600;
/// The part of what is received that may be anything: noise, and what the models do not have.
constexpr double kAnything = 0.03;
/// How much less each speed is believed than the one before it, and text than frames.
constexpr double kLessUsual = 0.1;
constexpr double kTextLessUsual = 8;
/// How much less a speed is believed at which a hello would have given twice as many bytes. There are shorter transmissions.
constexpr double kTooFewBytes = 6;

constexpr std::size_t kSessionSize = 8;
constexpr std::size_t kHandshakeSize = 48;
constexpr unsigned kLeadIn = 20;

constexpr std::string_view kTexts[] = {
    "[    1.483920] usb 1-1: new high-speed USB device number 2 using xhci_hcd\r\n",
    "Debian GNU/Linux 12 board ttyS0\r\n\r\nboard login: ",
    "root@board:~# ls -l /var/log\r\ntotal 1184\r\n-rw-r----- 1 root adm 40211 Nov 29 12:00 syslog\r\n",
    "U-Boot 2023.01 (Jan 10 2023 - 15:24:02 +0000)\r\nDRAM:  512 MiB\r\nHit any key to stop autoboot:  3 \r\n",
};

/// What an end sends that searches for its peer, but for its coding: docs/protocol.md, "Hello".
Bytes some_hello(base::Prng& random) {
  Bytes out;
  const auto put = [&out](std::initializer_list<Byte> bytes) { out.insert(out.end(), bytes); };
  const auto put_random = [&](std::size_t count) {
    for (; count > 0; --count) out.push_back(static_cast<Byte>(random.next() >> 56U));
  };
  if (random.chance(0.7)) put({kEscape, 'D', kEscape, 'D'});
  for (unsigned i = random.chance(0.3) ? kLeadIn : 1; i > 0; --i) put({kEscape, kEndPlain});
  put({0x00, 0x02, static_cast<Byte>(random.chance(0.5) ? 0x43 : 0x01)});
  for (std::size_t i = 0; i < kSessionSize; ++i) out.push_back(static_cast<Byte>('0' + random.below(75)));
  put({0, 0, 0, 0, 0, 0, 0, 0, 0x00, 0x04, 0x00, 0x00, 0x01, 0x01, 0x02, 0x11, 0x08, 0x46, 0x01, 0x47});
  if (random.chance(0.3)) {
    put({0x02, kHandshakeSize});
    put_random(kHandshakeSize);
  }
  put_random(4);
  put({kEscape, kEndPlain});
  if (random.chance(0.7)) put({kEscape, 0xE0, kEscape, kEndPlain});
  return out;
}

Bytes some_text(base::Prng& random) {
  const std::string_view text = kTexts[random.below(std::size(kTexts))];
  return {text.begin(), text.end()};
}

Counts count_received(double bit, Said said) {
  base::Prng random(kSeed);
  Counts counts{};
  for (std::size_t i = 0; i < kClocks.size(); ++i) {
    UartView view(bit * (1 + kClocks[i]), i % 2 == 0 ? UartView::Framing::zero : UartView::Framing::as_it_is);
    Bytes received;
    for (int sent = 0; sent < kMostSamples && (sent < kLeastSamples || received.size() < kEnoughBytes);
         ++sent) {
      const std::size_t before = received.size();
      view.send(said == Said::frames ? some_hello(random) : some_text(random), received);
      view.pause(received);
      counts.least = std::min(counts.least, received.size() - before);
    }
    for (const Byte byte : received) ++counts.of_byte[byte];
  }
  return counts;
}

/// What an end of ours also sends before there is a link: the beginning of a line_message.
bool has_line_message(ByteView bytes) {
  constexpr std::string_view kKinds = "PRSTFGB";
  constexpr std::size_t kFirstDigits = 6;
  const auto is_digit = [](Byte byte) {
    return (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z');
  };
  for (std::size_t i = 0; i + 3 + kFirstDigits <= bytes.size(); ++i) {
    if (bytes[i] == '_' && bytes[i + 1] == '=' &&
        kKinds.find(static_cast<char>(bytes[i + 2])) != std::string_view::npos &&
        std::ranges::all_of(bytes.subspan(i + 3, kFirstDigits), is_digit))
      return true;
  }
  return false;
}

bool is_text(Byte byte) {
  return (byte >= 0x20 && byte < 0x7F) || byte == '\r' || byte == '\n' || byte == '\t' || byte == 0x1B ||
         byte == '\b';
}

}  // namespace

SpeedGuess::SpeedGuess(std::span<const std::uint32_t> speeds) {
  for (const std::uint32_t speed : speeds) {
    for (const Said said : {Said::frames, Said::text}) guesses_.push_back({speed, said, 0});
  }
  forget();
}

void SpeedGuess::forget() {
  for (std::size_t i = 0; i < guesses_.size(); ++i)
    guesses_[i].score =
        -kLessUsual * static_cast<double>(i / 2) - (guesses_[i].said == Said::text ? kTextLessUsual : 0);
}

const SpeedGuess::Model& SpeedGuess::model_at(std::uint32_t speed) {
  const auto [it, is_new] = models_.try_emplace(speed);
  if (!is_new) return it->second;
  for (const Guess& guess : guesses_) {
    const Counts counts = count_received(static_cast<double>(speed) / guess.speed, guess.said);
    double all = 0;
    for (const unsigned count : counts.of_byte) all += count;
    Received& received = it->second.emplace_back();
    received.least = guess.said == Said::frames ? counts.least : 0;
    for (std::size_t byte = 0; byte < counts.of_byte.size(); ++byte) {
      const double share = all > 0 ? counts.of_byte[byte] / all : 0;
      received.of_byte[byte] =
          static_cast<float>(std::log((1 - kAnything) * share + kAnything / counts.of_byte.size()));
    }
  }
  return it->second;
}

void SpeedGuess::heard(ByteView bytes, std::uint32_t at) {
  const Model& model = model_at(at);
  for (std::size_t i = 0; i < guesses_.size(); ++i) {
    for (const Byte byte : bytes) guesses_[i].score += static_cast<double>(model[i].of_byte[byte]);
    if (2 * bytes.size() < model[i].least) guesses_[i].score -= kTooFewBytes;
  }
}

std::vector<SpeedGuess::Guess> SpeedGuess::ranked() const {
  std::vector<Guess> sorted;
  for (const Guess& guess : guesses_)
    sorted.insert(std::ranges::upper_bound(sorted, guess.score, std::ranges::greater{}, &Guess::score),
                  guess);
  return sorted;
}

bool looks_like_text(ByteView bytes) {
  const auto is_between = [](Byte byte) { return byte == ' ' || byte == '\r' || byte == '\n'; };
  const auto size = static_cast<std::ptrdiff_t>(bytes.size());
  return std::ranges::count_if(bytes, is_text) * 20 >= size * 19 && std::ranges::any_of(bytes, is_between);
}

bool looks_like_frames(ByteView bytes) {
  const auto is_code = [](Byte byte) {
    return byte == kEndPlain || byte == kEndWithAck || (byte & 0xDCU) == 0xC0;
  };
  if (has_line_message(bytes)) return true;
  // One may be chance.
  int codes = 0;
  for (std::size_t i = 0; i + 1 < bytes.size(); ++i)
    codes += bytes[i] == kEscape && is_code(bytes[i + 1]) ? 1 : 0;
  return codes >= 2;
}

}  // namespace serialtcp::wire
