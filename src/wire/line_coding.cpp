#include "wire/line_coding.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "wire/codec.h"

namespace serialtcp::wire {

namespace {

// The first candidate for the escape: neither text nor a control character, and rare in content.
constexpr unsigned kFirstEscape = 0xE5;
constexpr Byte kPayloads = 17;  // 16 nibbles, or none

// 13 bits are two of these symbols. Left out are "~", which ssh acts on, "+", which modems do, and the end.
constexpr unsigned kSymbols = 91;
constexpr unsigned kPairBits = 13;
constexpr unsigned kSingleBits = 6;
constexpr Byte kBlockEnd = '!';
constexpr Byte kNoSymbol = 0xFF;
constexpr Byte kSevenBits = 0x7F;
// A terminal that collects lines holds 255 characters at least (POSIX, MAX_CANON).
constexpr std::size_t kMostInALine = 240;

struct Symbols {
  std::array<Byte, kSymbols> characters{};
  std::array<Byte, 256> values{};
};

constexpr Symbols make_symbols() {
  Symbols symbols;
  symbols.values.fill(kNoSymbol);
  Byte next = 0;
  for (Byte c = 0x21; c < 0x7F; ++c) {
    if (c == '~' || c == '+' || c == kBlockEnd) continue;
    symbols.values[c] = next;
    symbols.characters[next++] = c;
  }
  return symbols;
}

constexpr Symbols kSymbolTable = make_symbols();

bool is_end(Byte byte) {
  return byte == kEndPlain || byte == kEndWithAck;
}

bool is_printable(LineMode mode) {
  return mode == LineMode::printable || mode == LineMode::lines;
}

}  // namespace

std::optional<LineCoding> coding_for(const ByteSet& bad) {
  if (bad.none()) return LineCoding{};
  if (bad.count() <= kMostEscaped) return LineCoding{LineMode::escaped, bad};
  const bool carries_symbols =
      !bad[kBlockEnd] && std::ranges::none_of(kSymbolTable.characters, [&](Byte c) { return bad[c]; });
  return carries_symbols ? std::optional(LineCoding{LineMode::printable, {}}) : std::nullopt;
}

bool is_possible(const LineCoding& coding) {
  const bool avoids = coding.mode == LineMode::escaped;
  return avoids ? coding.avoided.any() && coding.avoided.count() <= kMostEscaped : coding.avoided.none();
}

EscapeTable::EscapeTable(const ByteSet& avoided) : avoided_(avoided) {
  rows_.fill(kNone);
  indexes_.fill(kNone);
  unsigned escape = kFirstEscape;
  while (avoided_[escape]) escape = (escape + 1) % 256;
  escape_ = static_cast<Byte>(escape);
  Byte row = 0;
  Byte index = 0;
  for (unsigned value = 0; value < 256; ++value) {
    if (avoided_[value] && row < kMostEscaped) {
      values_[row] = static_cast<Byte>(value);
      rows_[value] = row++;
    } else if (value != escape_) {
      codes_[index] = static_cast<Byte>(value);
      indexes_[value] = index++;
    }
  }
  rows_[escape_] = row;
  values_[row++] = escape_;
  values_[row++] = kEndPlain;
  values_[row++] = kEndWithAck;
  flush_row_ = row;
}

Byte EscapeTable::end_row(Byte value) const {
  return static_cast<Byte>(value == kEndPlain ? flush_row_ - 2 : flush_row_ - 1);
}

Byte EscapeTable::code(Byte row, Byte payload) const {
  return codes_[static_cast<std::size_t>(row) * kPayloads + payload];
}

std::optional<EscapeTable::Meaning> EscapeTable::meaning(Byte code) const {
  const Byte index = indexes_[code];
  if (index == kNone || index / kPayloads > flush_row_) return std::nullopt;
  return Meaning{static_cast<Byte>(index / kPayloads), static_cast<Byte>(index % kPayloads)};
}

// ---- Encoding ----

LineEncoder::LineEncoder(const LineCoding& coding) : coding_(coding), table_(coding.avoided) {
  CHECK(is_possible(coding));
}

void LineEncoder::reset() {
  *this = LineEncoder(coding_);
}

void LineEncoder::encode(ByteView raw, Bytes& line) {
  if (coding_.mode == LineMode::plain) {
    line.insert(line.end(), raw.begin(), raw.end());
    return;
  }
  for (const Byte byte : raw) {
    if (coding_.mode == LineMode::escaped) {
      nibbles_[count_++] = byte >> 4U;
      nibbles_[count_++] = byte & 0xFU;
      escape_nibbles(line);
      if (ends_frame(byte)) flush_nibbles(line);
    } else {
      bits_ |= static_cast<std::uint32_t>(byte) << bit_count_;
      bit_count_ += 8;
      put_bits(line);
      if (ends_frame(byte)) flush_bits(line);
    }
  }
}

bool LineEncoder::ends_frame(Byte raw) {
  if (!after_escape_) {
    after_escape_ = raw == kEscape;
    return false;
  }
  after_escape_ = false;
  return is_end(raw);
}

/// The bytes are a sequence of halves. After an escape, its code carries one half more: half a byte is saved,
/// and the following bytes are shifted by it.
void LineEncoder::escape_nibbles(Bytes& line) {
  const auto drop = [this](std::size_t count) {
    std::copy(nibbles_.begin() + static_cast<std::ptrdiff_t>(count), nibbles_.end(), nibbles_.begin());
    count_ -= count;
  };
  for (;;) {
    if (awaiting_ && count_ >= 1) {
      line.push_back(table_.escape());
      line.push_back(table_.code(*awaiting_, nibbles_[0]));
      drop(1);
      awaiting_.reset();
      shifted_ = !shifted_;
      last_ = previous_ = 0;
      continue;
    }
    if (awaiting_ || count_ < 2) return;
    const auto byte = static_cast<Byte>(nibbles_[0] << 4U | nibbles_[1]);
    drop(2);
    Byte row = table_.row_of(byte);
    // An end of frame on the line is a real one.
    if (row == EscapeTable::kNone && shifted_ && last_ == kEscape && is_end(byte)) row = table_.end_row(byte);
    if (row != EscapeTable::kNone) {
      awaiting_ = row;
    } else {
      line.push_back(byte);
      previous_ = std::exchange(last_, byte);
    }
  }
}

/// A receiver that has lost count of the halves must recognise the end of the frame, also if an escape has
/// carried a part of it.
void LineEncoder::flush_nibbles(Bytes& line) {
  if (awaiting_ || count_ > 0 || previous_ != kEscape) {
    line.push_back(table_.escape());
    line.push_back(awaiting_
                       ? table_.code(*awaiting_, EscapeTable::kNoPayload)
                       : table_.code(table_.flush_row(), count_ > 0 ? nibbles_[0] : EscapeTable::kNoPayload));
  }
  awaiting_.reset();
  count_ = 0;
  shifted_ = false;
  last_ = previous_ = 0;
}

void LineEncoder::put_bits(Bytes& line) {
  if (bit_count_ < kPairBits) return;
  const std::uint32_t value = bits_ & ((1U << kPairBits) - 1);
  bits_ >>= kPairBits;
  bit_count_ -= kPairBits;
  put_symbol(kSymbolTable.characters[value / kSymbols], line);
  put_symbol(kSymbolTable.characters[value % kSymbols], line);
}

void LineEncoder::flush_bits(Bytes& line) {
  if (bit_count_ > kSingleBits) {
    bit_count_ = kPairBits;
    put_bits(line);
  } else if (bit_count_ > 0) {
    put_symbol(kSymbolTable.characters[bits_], line);
  }
  bits_ = bit_count_ = 0;
  line.push_back(kBlockEnd);
  if (coding_.mode == LineMode::lines) line.push_back('\n');
  column_ = 0;
}

void LineEncoder::put_symbol(Byte symbol, Bytes& line) {
  line.push_back(symbol);
  if (coding_.mode != LineMode::lines || ++column_ < kMostInALine) return;
  line.push_back('\n');
  column_ = 0;
}

// ---- Decoding ----

LineDecoder::LineDecoder(const LineCoding& coding) : coding_(coding), table_(coding.avoided) {
  CHECK(is_possible(coding));
}

void LineDecoder::reset() {
  *this = LineDecoder(coding_);
}

void LineDecoder::decode(ByteView line, Bytes& raw) {
  if (coding_.mode == LineMode::plain) {
    raw.insert(raw.end(), line.begin(), line.end());
  } else if (is_printable(coding_.mode)) {
    for (const Byte byte : line) take_printable(byte & kSevenBits, raw);
  } else {
    for (const Byte byte : line) take_escaped(byte, raw);
  }
}

void LineDecoder::take_escaped(Byte byte, Bytes& raw) {
  // The line, or a terminal on it, has inserted it.
  if (table_.avoids(byte)) return;
  if (code_follows_) return take_code(byte, raw);
  if (byte == table_.escape()) {
    code_follows_ = true;
    return;
  }
  if (half_ && last_ == kEscape && is_end(byte)) {
    // Something was lost or inserted, since this is the end of a frame.
    half_.reset();
    raw.push_back(kEscape);
    raw.push_back(byte);
  } else {
    push_byte(byte, raw);
  }
  last_ = byte;
}

void LineDecoder::take_code(Byte code, Bytes& raw) {
  code_follows_ = false;
  last_ = 0;
  const auto meaning = table_.meaning(code);
  if (!meaning) return;  // damaged
  const bool flush = meaning->row == table_.flush_row();
  if (!flush) push_byte(table_.value_of(meaning->row), raw);
  if (meaning->payload != EscapeTable::kNoPayload) push_nibble(meaning->payload, raw);
  if (!flush && meaning->payload != EscapeTable::kNoPayload) return;
  // The end of a frame. If half a byte is left, something was lost or inserted.
  if (half_) raw.insert(raw.end(), {kEscape, kEndPlain});
  half_.reset();
}

void LineDecoder::push_byte(Byte byte, Bytes& raw) {
  if (!half_) return raw.push_back(byte);
  raw.push_back(static_cast<Byte>(*half_ << 4U | byte >> 4U));
  half_ = static_cast<Byte>(byte & 0xFU);
}

void LineDecoder::push_nibble(Byte nibble, Bytes& raw) {
  if (!half_) {
    half_ = nibble;
    return;
  }
  raw.push_back(static_cast<Byte>(*half_ << 4U | nibble));
  half_.reset();
}

void LineDecoder::take_printable(Byte byte, Bytes& raw) {
  if (byte == kBlockEnd) {
    if (first_symbol_) push_bits(*first_symbol_, kSingleBits, raw);
    first_symbol_.reset();
    bits_ = bit_count_ = 0;
    return;
  }
  const Byte symbol = kSymbolTable.values[byte];
  if (symbol == kNoSymbol) return;
  if (!first_symbol_) {
    first_symbol_ = symbol;
    return;
  }
  // Above 13 bits it is damaged.
  push_bits((*first_symbol_ * kSymbols + symbol) & ((1U << kPairBits) - 1), kPairBits, raw);
  first_symbol_.reset();
}

void LineDecoder::push_bits(std::uint32_t value, unsigned count, Bytes& raw) {
  bits_ |= value << bit_count_;
  bit_count_ += count;
  while (bit_count_ >= 8) {
    raw.push_back(static_cast<Byte>(bits_));
    bits_ >>= 8U;
    bit_count_ -= 8;
  }
}

}  // namespace serialtcp::wire
