// The conversation about frames that came damaged: this end tells what such a frame may have been, the peer,
// which made it, confirms that it was. docs/protocol.md, "Mending".
#include <algorithm>
#include <utility>

#include "tunnel/tunnel.h"
#include "wire/fingerprint.h"
#include "wire/repair.h"

namespace serialtcp::tunnel {

namespace {

// What is shorter costs less to send again than to talk about.
constexpr std::size_t kLeastMended = 64;

}  // namespace

// ---- The end that received it ----

/// Holds what this damaged frame may have been, if that can be told. Only frames of nothing but DATA of
/// streams of bytes are mended: these mean the same, however late.
void Tunnel::consider_mending(const wire::Decoder::Found& found) {
  if (state_ != LinkState::up || sealing_ || candidates_.full() || found.body.size() < kLeastMended) return;
  base::Reader in(found.body);
  const std::optional<wire::FrameHeader> header = wire::read_header(in);
  if (!header) return;
  const std::size_t header_size = found.body.size() - in.size();
  const std::uint64_t number = wire::full_number(*header, receiver_->largest());
  if (number <= receiver_->largest()) return;
  const wire::CheckContext context{peer_, session_, number};
  std::optional<Bytes> body = wire::repair(found.body, header_size, found.end, context);
  if (!body) return;
  wire::Fingerprint fingerprint(context);
  fingerprint.add(*body);
  ByteView chunks = ByteView(*body).subspan(header_size);
  if (found.end == wire::FrameEnd::with_ack && !wire::take_ack(chunks)) return;
  std::optional<std::vector<Candidates::Piece>> pieces = mended_pieces(chunks);
  if (!pieces) return;
  candidates_.hold({number, fingerprint.finish(found.end), *std::move(body), *std::move(pieces)});
}

/// Offsets and streams are settled now, as if the frame had come undamaged: later they could mean others.
std::optional<std::vector<Candidates::Piece>> Tunnel::mended_pieces(ByteView chunks) {
  if (!parse_body(chunks) || chunks_.size() > Candidates::kMostPieces) return std::nullopt;
  std::vector<Candidates::Piece> pieces;
  for (const wire::Chunk& chunk : chunks_) {
    const auto* const data = std::get_if<wire::chunk::Data>(&chunk);
    if (data == nullptr || data->begins) return std::nullopt;
    const mux::Stream* const stream = streams_.find(data->stream);
    if (stream != nullptr && stream->datagrams) return std::nullopt;
    if (stream == nullptr || stream->terminated()) continue;
    pieces.push_back({stream->key.id, place_of(*data, *stream), data->packing, data->bytes});
  }
  return pieces;
}

bool Tunnel::apply(const wire::chunk::Confirmed& confirmed, Time) {
  const std::optional<Candidates::Candidate> candidate = candidates_.take(confirmed.number_low16);
  if (!candidate) return false;
  ++stats_.frames_mended;
  receiver_->mended(candidate->number);
  return std::ranges::all_of(candidate->pieces, [&](const Candidates::Piece& piece) {
    mux::Stream* const stream = streams_.find(piece.stream);
    return stream == nullptr || stream->terminated() ||
           take_data(*stream, piece.offset, piece.bytes, piece.packing);
  });
}

// ---- The end that sent it ----

/// Before the ack of the same frame, which calls the damaged frame missing.
void Tunnel::hear_candidates() {
  for (const wire::Chunk& chunk : chunks_) {
    if (const auto* const told = std::get_if<wire::chunk::Candidate>(&chunk)) {
      sender_->candidate(told->number_low16, told->fingerprint);
    }
  }
}

// ---- Both ----

bool Tunnel::mending_waits() const {
  return candidates_.has_untold() || sender_->has_confirmations();
}

/// In the first frame begun after there is something to say: the peer counts on that.
void Tunnel::add_mending(base::Writer& raw) {
  using Kind = link::Ticket::Kind;
  link::SentFrame& record = frame_->record;
  while (sender_->has_confirmations()) {
    const std::uint64_t number = sender_->next_confirmation();
    wire::write_chunk(wire::chunk::Confirmed{static_cast<std::uint16_t>(number)}, raw);
    record.tickets.push_back({Kind::confirmed, {}, number, 0});
  }
  while (candidates_.has_untold()) {
    wire::write_chunk(candidates_.tell(record.number), raw);
    record.tickets.push_back({Kind::candidate, {}, 0, 0});
  }
}

}  // namespace serialtcp::tunnel
