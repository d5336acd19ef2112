#include "tunnel/early_parts.h"

#include "base/cursor.h"
#include "wire/frame.h"

namespace serialtcp::tunnel {

/// Reads what is before the parts. As long as it is not complete, it is read again when twice as much has arrived.
bool EarlyParts::begin(ByteView body, wire::CheckContext context, std::uint64_t largest) {
  look_at_ = 2 * body.size();
  base::Reader in(body);
  const std::optional<wire::FrameHeader> header = wire::read_header(in);
  if (!header) return false;
  context.number = wire::full_number(*header, largest);
  if (context.number <= largest) return false;
  while (!in.empty()) {
    const std::optional<wire::Chunk> chunk = wire::read_chunk(in);
    if (!chunk) return false;
    const auto* const data = std::get_if<wire::chunk::Data>(&*chunk);
    if (data == nullptr || data->part == 0) continue;
    covered_ = body.size() - data->bytes.size();
    data_ = *data;
    data_.bytes = {};
    place_ = 0;
    check_.emplace(context);
    check_->add(body.first(covered_));
    look_at_ = covered_ + data_.part + wire::kCheckSize;
    return true;
  }
  return false;
}

std::optional<EarlyParts::Part> EarlyParts::next(ByteView body, const wire::CheckContext& context,
                                                 std::uint64_t largest) {
  if (!may_find(body.size()) || (!check_ && !begin(body, context, largest))) return std::nullopt;
  if (!may_find(body.size())) return std::nullopt;
  const ByteView bytes = body.subspan(covered_, data_.part);
  const ByteView check = body.subspan(covered_ + data_.part, wire::kCheckSize);
  check_->add(bytes);
  if (base::Reader(check).little(wire::kCheckSize) != check_->finish_part()) {
    // Damage; or the frame ends here, and this is its own check value.
    look_at_ = kNothing;
    return std::nullopt;
  }
  check_->add(check);
  covered_ = look_at_;
  look_at_ += data_.part + wire::kCheckSize;
  const std::size_t place = place_;
  place_ += bytes.size();
  return Part{data_, place, bytes};
}

}  // namespace serialtcp::tunnel
