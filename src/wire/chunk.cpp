#include "wire/chunk.h"

#include <array>

#include "serialtcp/service.h"
#include "wire/parts.h"

namespace serialtcp::wire {

namespace {

constexpr Byte kData = 0x80;
constexpr Byte kDataOffset = 0x40;
constexpr Byte kDataLength = 0x20;
constexpr Byte kDataStreamMask = 0x1F;
constexpr std::uint32_t kStreamFollows = 31;
constexpr Byte kWideOffset = 0x80;

enum class Type : Byte {
  open = 1,
  fin = 2,
  reset = 3,
  credit = 4,
  release = 5,
  packed = 6,
  leave = 7,
  datagram = 8,
  services = 0x40,
  candidate = 0x41,
  confirmed = 0x42,
  ending = 0x43,
  turn = 0x44,
  arrived = 0x45,
  speed = 0x46,
  parts = 0x47,
};
constexpr Byte kFirstSkippable = 0x48;
constexpr std::uint32_t kCandidateSize = 10;
constexpr std::uint32_t kConfirmedSize = 2;
constexpr std::uint32_t kTurnSize = 4;
constexpr std::uint32_t kArrivedSize = 5;
constexpr Byte kTurnMore = 0x01;
constexpr Byte kTurnTaken = 0x02;

/// The kinds of an ENDING chunk.
enum class Ending : Byte { stop = 0, leaving = 1, left = 2 };
constexpr std::uint32_t kLeftSize = 8;

// Flags of OPEN.
constexpr Byte kNameFollows = 0x02;
constexpr Byte kPriorityMask = 0x0C;
constexpr unsigned kPriorityShift = 2;
constexpr Byte kDatagramsKind = 0x10;

std::uint32_t to_wire(WireStream stream) {
  return (stream.index << 1) | (stream.opened_by == OpenedBy::receiver ? 1U : 0U);
}

WireStream from_wire(std::uint32_t wire) {
  return {wire >> 1, (wire & 1U) != 0 ? OpenedBy::receiver : OpenedBy::sender};
}

void write_type(Type type, base::Writer& out) {
  out.u8(static_cast<Byte>(type));
}

void write_offset(WireOffset offset, base::Writer& out) {
  if (offset.bits == kShortOffsetBits) {
    out.u8(static_cast<Byte>((offset.low >> 8) & 0x7FU));
    out.u8(static_cast<Byte>(offset.low));
    return;
  }
  out.u8(static_cast<Byte>(kWideOffset | ((offset.low >> 16) & 0x7FU)));
  out.u8(static_cast<Byte>(offset.low >> 8));
  out.u8(static_cast<Byte>(offset.low));
}

WireOffset read_offset(base::Reader& in) {
  const std::uint32_t high = in.u8();
  const std::uint32_t next = in.u8();
  if ((high & kWideOffset) == 0) return {(high << 8) | next, kShortOffsetBits};
  return {((high & 0x7FU) << 16) | (next << 8) | in.u8(), kLongOffsetBits};
}

std::optional<chunk::Data> read_data(Byte head, base::Reader& in) {
  chunk::Data data;
  std::uint32_t wire = head & kDataStreamMask;
  if (wire == kStreamFollows) {
    const std::uint32_t more = in.varint();
    if (more > UINT32_MAX - kStreamFollows) return std::nullopt;
    wire += more;
  }
  data.stream = from_wire(wire);
  if ((head & kDataOffset) != 0) data.offset = read_offset(in);
  data.bytes = (head & kDataLength) != 0 ? in.take(in.varint()) : in.take_all();
  return data;
}

Priority to_priority(Byte flags) {
  const auto bits = static_cast<Byte>((flags & kPriorityMask) >> kPriorityShift);
  if (bits > static_cast<Byte>(Priority::bulk)) return Priority::automatic;
  return static_cast<Priority>(bits);
}

Byte priority_flags(Priority priority) {
  return static_cast<Byte>(static_cast<unsigned>(priority) << kPriorityShift);
}

ResetReason to_reason(Byte byte) {
  if (byte > static_cast<Byte>(ResetReason::no_permission)) return ResetReason::failed;
  return static_cast<ResetReason>(byte);
}

std::string_view text(ByteView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::optional<Chunk> read_open(base::Reader& in) {
  chunk::Open open;
  open.index = in.varint();
  open.generation = in.u8();
  const Byte flags = in.u8();
  open.priority = to_priority(flags);
  if ((flags & kDatagramsKind) != 0) open.kind = StreamKind::datagrams;
  const std::uint32_t service = in.varint();
  if (service > UINT16_MAX) return std::nullopt;
  open.service = ServiceId{static_cast<std::uint16_t>(service)};
  if ((flags & kNameFollows) == 0) return open;
  open.name = text(in.take(in.varint()));
  if (!is_service_name(open.name)) return std::nullopt;
  return open;
}

/// The DATA chunk after PACKED or DATAGRAM.
std::optional<chunk::Data> read_marked_data(base::Reader& in) {
  const Byte head = in.u8();
  if ((head & kData) == 0) return std::nullopt;
  return read_data(head, in);
}

std::optional<Chunk> read_datagram(base::Reader& in) {
  const std::uint32_t size = in.varint();
  if (size > limits::kMaxDatagram) return std::nullopt;
  std::optional<chunk::Data> data = read_marked_data(in);
  if (!data) return std::nullopt;
  data->begins = size;
  return *data;
}

/// The DATA chunk after PARTS, which may be packed. It has an offset, and runs to the end of the frame: by this time a part of it
/// may have arrived.
std::optional<Chunk> read_divided(base::Reader& in) {
  base::Reader inside(in.take(in.varint()));
  const std::size_t part = inside.u8() * kPartUnit;
  Byte head = in.u8();
  const bool packed = head == static_cast<Byte>(Type::packed);
  if (packed) head = in.u8();
  const bool fits = (head & kData) != 0 && (head & kDataOffset) != 0 && (head & kDataLength) == 0;
  if (!inside.good() || !fits || part < kLeastPart) return std::nullopt;
  std::optional<chunk::Data> data = read_data(head, in);
  if (!data) return std::nullopt;
  data->part = static_cast<std::uint32_t>(part);
  if (packed) data->packing = Packing::packed;
  return *data;
}

/// Unknown kinds are skipped, and so are bytes after a known kind.
std::optional<Chunk> read_ending(base::Reader& in) {
  base::Reader inside(in.take(in.varint()));
  std::optional<Chunk> chunk = chunk::Unknown{};
  switch (static_cast<Ending>(inside.u8())) {
    case Ending::stop:
      chunk = chunk::Stop{from_wire(inside.varint())};
      break;
    case Ending::leaving:
      chunk = chunk::Leaving{};
      break;
    case Ending::left:
      chunk = chunk::Left{inside.little(kLeftSize)};
      break;
  }
  if (!inside.good()) return std::nullopt;
  return chunk;
}

/// Bytes after the known ones are ignored: later versions may use them.
std::optional<Chunk> read_turn(base::Reader& in) {
  const std::uint32_t length = in.varint();
  base::Reader turn(in.take(length));
  const std::uint8_t number = turn.u8();
  const Byte flags = turn.u8();
  const auto longest = static_cast<std::uint16_t>(turn.little(2));
  if (!turn.good()) return std::nullopt;
  return chunk::Turn{number, (flags & kTurnMore) != 0, (flags & kTurnTaken) != 0, longest};
}

std::optional<Chunk> read_arrived(base::Reader& in) {
  const std::uint32_t length = in.varint();
  base::Reader arrived(in.take(length));
  const auto bytes = static_cast<std::uint16_t>(arrived.little(2));
  const auto span = static_cast<std::uint32_t>(arrived.little(3));
  if (!arrived.good()) return std::nullopt;
  return chunk::Arrived{bytes, span};
}

/// Kinds of later versions are skipped.
std::optional<Chunk> read_speed(base::Reader& in) {
  using Kind = chunk::Speed::Kind;
  base::Reader inside(in.take(in.varint()));
  const Byte kind = inside.u8();
  if (!inside.good()) return std::nullopt;
  if (kind > static_cast<Byte>(Kind::loss)) return chunk::Unknown{};
  chunk::Speed speed{.kind = static_cast<Kind>(kind)};
  if (speed.kind == Kind::loss) {
    speed.permille = static_cast<std::uint16_t>(inside.little(2));
  } else if (speed.kind != Kind::rungs) {
    speed.number = inside.u8();
  }
  if (speed.kind == Kind::propose) speed.speed = static_cast<std::uint32_t>(inside.little(4));
  speed.bytes = inside.take_all();
  if (!inside.good()) return std::nullopt;
  return speed;
}

std::optional<Chunk> read_control(Byte head, base::Reader& in) {
  switch (static_cast<Type>(head)) {
    case Type::open:
      return read_open(in);
    case Type::fin: {
      const WireStream stream = from_wire(in.varint());
      return chunk::Fin{stream, static_cast<std::uint32_t>(in.little(3))};
    }
    case Type::reset: {
      const WireStream stream = from_wire(in.varint());
      return chunk::Reset{stream, to_reason(in.u8())};
    }
    case Type::credit: {
      const WireStream stream = from_wire(in.varint());
      return chunk::Credit{stream, static_cast<std::uint32_t>(in.little(2))};
    }
    case Type::release: {
      const std::uint32_t index = in.varint();
      return chunk::Release{index, in.u8()};
    }
    case Type::packed: {
      std::optional<chunk::Data> data = read_marked_data(in);
      if (!data) return std::nullopt;
      data->packing = Packing::packed;
      return *data;
    }
    case Type::datagram:
      return read_datagram(in);
    case Type::leave:
      return chunk::Leave{};
    case Type::services: {
      base::Reader inside(in.take(in.varint()));
      chunk::Services services;
      services.part = inside.u8();
      services.parts = inside.u8();
      services.names = inside.take_all();
      if (!inside.good()) return std::nullopt;
      return services;
    }
    case Type::candidate: {
      if (in.varint() != kCandidateSize) return std::nullopt;
      const auto number = static_cast<std::uint16_t>(in.little(2));
      return chunk::Candidate{number, in.little(8)};
    }
    case Type::confirmed:
      if (in.varint() != kConfirmedSize) return std::nullopt;
      return chunk::Confirmed{static_cast<std::uint16_t>(in.little(2))};
    case Type::ending:
      return read_ending(in);
    case Type::turn:
      return read_turn(in);
    case Type::arrived:
      return read_arrived(in);
    case Type::speed:
      return read_speed(in);
    case Type::parts:
      return read_divided(in);
  }
  return std::nullopt;
}

}  // namespace

void write_packed_mark(base::Writer& out) {
  write_type(Type::packed, out);
}

void write_parts_mark(std::size_t part, base::Writer& out) {
  write_type(Type::parts, out);
  out.varint(1);
  out.u8(static_cast<Byte>(part / kPartUnit));
}

void write_datagram_mark(std::uint32_t size, base::Writer& out) {
  write_type(Type::datagram, out);
  out.varint(size);
}

void write_data_head(WireStream stream, std::optional<WireOffset> offset, std::optional<std::uint32_t> length,
                     base::Writer& out) {
  const std::uint32_t wire = to_wire(stream);
  const std::uint32_t brief = wire < kStreamFollows ? wire : kStreamFollows;
  out.u8(static_cast<Byte>(kData | (offset ? kDataOffset : 0) | (length ? kDataLength : 0) |
                           static_cast<Byte>(brief)));
  if (brief == kStreamFollows) out.varint(wire - kStreamFollows);
  if (offset) write_offset(*offset, out);
  if (length) out.varint(*length);
}

void write_chunk(const chunk::Open& open, base::Writer& out) {
  write_type(Type::open, out);
  out.varint(open.index);
  out.u8(open.generation);
  const Byte kind = open.kind == StreamKind::datagrams ? kDatagramsKind : Byte{0};
  const Byte name = open.name.empty() ? Byte{0} : kNameFollows;
  out.u8(static_cast<Byte>(priority_flags(open.priority) | kind | name));
  out.varint(open.service.value);
  if (open.name.empty()) return;
  out.varint(static_cast<std::uint32_t>(open.name.size()));
  for (const char c : open.name) out.u8(static_cast<Byte>(c));
}

void write_chunk(const chunk::Fin& fin, base::Writer& out) {
  write_type(Type::fin, out);
  out.varint(to_wire(fin.stream));
  out.little(fin.offset_low24, 3);
}

void write_chunk(const chunk::Reset& reset, base::Writer& out) {
  write_type(Type::reset, out);
  out.varint(to_wire(reset.stream));
  out.u8(static_cast<Byte>(reset.reason));
}

void write_chunk(const chunk::Credit& credit, base::Writer& out) {
  write_type(Type::credit, out);
  out.varint(to_wire(credit.stream));
  out.little(credit.limit_low16, 2);
}

void write_chunk(const chunk::Release& release, base::Writer& out) {
  write_type(Type::release, out);
  out.varint(release.index);
  out.u8(release.generation);
}

void write_chunk(const chunk::Leave&, base::Writer& out) {
  write_type(Type::leave, out);
}

void write_chunk(const chunk::Services& services, base::Writer& out) {
  write_type(Type::services, out);
  out.varint(static_cast<std::uint32_t>(services.names.size() + 2));
  out.u8(services.part);
  out.u8(services.parts);
  for (const Byte byte : services.names) out.u8(byte);
}

void write_chunk(const chunk::Candidate& candidate, base::Writer& out) {
  write_type(Type::candidate, out);
  out.varint(kCandidateSize);
  out.little(candidate.number_low16, 2);
  out.little(candidate.fingerprint, 8);
}

void write_chunk(const chunk::Confirmed& confirmed, base::Writer& out) {
  write_type(Type::confirmed, out);
  out.varint(kConfirmedSize);
  out.little(confirmed.number_low16, 2);
}

void write_chunk(const chunk::Stop& stop, base::Writer& out) {
  std::array<Byte, kMaxChunkHead> buffer;
  base::Writer stream(buffer);
  stream.varint(to_wire(stop.stream));
  write_type(Type::ending, out);
  out.varint(static_cast<std::uint32_t>(1 + stream.size()));
  out.u8(static_cast<Byte>(Ending::stop));
  for (const Byte byte : stream.written()) out.u8(byte);
}

void write_chunk(const chunk::Leaving&, base::Writer& out) {
  write_type(Type::ending, out);
  out.varint(1);
  out.u8(static_cast<Byte>(Ending::leaving));
}

void write_chunk(const chunk::Left& left, base::Writer& out) {
  write_type(Type::ending, out);
  out.varint(1 + kLeftSize);
  out.u8(static_cast<Byte>(Ending::left));
  out.little(left.bytes, kLeftSize);
}

void write_chunk(const chunk::Turn& turn, base::Writer& out) {
  write_type(Type::turn, out);
  out.varint(kTurnSize);
  out.u8(turn.number);
  out.u8(static_cast<Byte>((turn.more ? kTurnMore : 0) | (turn.taken ? kTurnTaken : 0)));
  out.little(turn.longest_ms, 2);
}

void write_chunk(const chunk::Arrived& arrived, base::Writer& out) {
  write_type(Type::arrived, out);
  out.varint(kArrivedSize);
  out.little(arrived.bytes, 2);
  out.little(arrived.span, 3);
}

void write_chunk(const chunk::Speed& speed, base::Writer& out) {
  using Kind = chunk::Speed::Kind;
  std::array<Byte, kMaxSpeedBytes + kMaxChunkHead> buffer;
  base::Writer inside(buffer);
  inside.u8(static_cast<Byte>(speed.kind));
  if (speed.kind == Kind::loss) {
    inside.little(speed.permille, 2);
  } else if (speed.kind != Kind::rungs) {
    inside.u8(speed.number);
  }
  if (speed.kind == Kind::propose) inside.little(speed.speed, 4);
  inside.bytes(speed.bytes);
  write_type(Type::speed, out);
  out.varint(static_cast<std::uint32_t>(inside.size()));
  out.bytes(inside.written());
}

std::optional<Chunk> read_chunk(base::Reader& in) {
  const Byte head = in.u8();
  std::optional<Chunk> chunk;
  if ((head & kData) != 0) {
    const std::optional<chunk::Data> data = read_data(head, in);
    if (!data) return std::nullopt;
    chunk = *data;
  } else if (head >= kFirstSkippable) {
    in.take(in.varint());
    chunk = chunk::Unknown{};
  } else {
    chunk = read_control(head, in);
  }
  if (!in.good()) return std::nullopt;
  return chunk;
}

WireOffset truncate_offset(std::uint64_t offset, std::uint64_t spread) {
  if (spread >= std::uint64_t{1} << (kShortOffsetBits - 1)) return long_offset(offset);
  return {static_cast<std::uint32_t>(offset & ((std::uint64_t{1} << kShortOffsetBits) - 1)),
          kShortOffsetBits};
}

WireOffset long_offset(std::uint64_t offset) {
  return {static_cast<std::uint32_t>(offset & ((std::uint64_t{1} << kLongOffsetBits) - 1)), kLongOffsetBits};
}

}  // namespace serialtcp::wire
