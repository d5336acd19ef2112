// Repair of damaged frames: this end sends a guess of what such a frame was; the peer, which made it,
// confirms it if it is right. docs/protocol.md, "Repair".
#include <algorithm>
#include <utility>

#include "tunnel/tunnel.h"
#include "wire/fingerprint.h"
#include "wire/parts.h"
#include "wire/repair.h"

namespace serialtcp::tunnel {

namespace {

// A shorter frame costs less to retransmit than to repair.
constexpr std::size_t kLeastMended = 64;

}  // namespace

// ---- The end that received it ----

/// Keeps a guess of what this damaged frame was, if there is one. Only frames with nothing but DATA of
/// streams of bytes are repaired: these mean the same, however late.
void Tunnel::consider_mending(const wire::Decoder::Found& found) {
  if (link_.state != LinkState::up || sealing_ || candidates_.full() || found.body.size() < kLeastMended)
    return;
  base::Reader in(found.body);
  const std::optional<wire::FrameHeader> header = wire::read_header(in);
  if (!header) return;
  const std::size_t header_size = found.body.size() - in.size();
  const std::uint64_t number = wire::full_number(*header, link_.receiver->largest());
  if (number <= link_.receiver->largest()) return;
  const wire::CheckContext context{link_.peer.session, session_, number};
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

/// Offsets and streams are resolved now, as if the frame had arrived undamaged: later they could mean others.
std::optional<std::vector<Candidates::Piece>> Tunnel::mended_pieces(ByteView chunks) {
  if (!parse_body(chunks) || chunks_.size() > Candidates::kMostPieces) return std::nullopt;
  std::vector<Candidates::Piece> pieces;
  for (const wire::Chunk& chunk : chunks_) {
    const auto* const data = std::get_if<wire::chunk::Data>(&chunk);
    if (data == nullptr || data->begins) return std::nullopt;
    const mux::Stream* const stream = streams_.find(data->stream);
    if (stream != nullptr && stream->datagrams) return std::nullopt;
    if (stream == nullptr || stream->terminated()) continue;
    if (!wire::are_parts(*data)) return std::nullopt;
    const std::uint64_t begin = Streams::place_of(*data, *stream);
    wire::each_part(*data, [&](std::size_t place, ByteView bytes) {
      pieces.push_back({stream->key.id, begin + place, data->packing, bytes});
      return true;
    });
  }
  return pieces;
}

bool Tunnel::apply(const wire::chunk::Confirmed& confirmed, Time) {
  const std::optional<Candidates::Candidate> candidate = candidates_.take(confirmed.number_low16);
  if (!candidate) return false;
  ++link_.stats.frames_mended;
  link_.receiver->mended(candidate->number);
  return std::ranges::all_of(candidate->pieces, [&](const Candidates::Piece& piece) {
    mux::Stream* const stream = streams_.find(piece.stream);
    return stream == nullptr || stream->terminated() ||
           streams_.take_data(*stream, piece.offset, piece.bytes, piece.packing);
  });
}

// ---- The end that sent it ----

/// To be called before the ack of the same frame is applied, which lists the damaged frame as missing.
void Tunnel::hear_candidates() {
  for (const wire::Chunk& chunk : chunks_) {
    if (const auto* const told = std::get_if<wire::chunk::Candidate>(&chunk)) {
      link_.sender->candidate(told->number_low16, told->fingerprint);
    }
  }
}

}  // namespace serialtcp::tunnel
