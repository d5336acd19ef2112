#include "mux/stream_table.h"

#include "base/check.h"

namespace serialtcp::mux {

Stream* StreamTable::add(const StreamKey& key, Credits credits) {
  auto stream = std::make_unique<Stream>(key, credits.send, credits.receive, pools_);
  Stream* const raw = stream.get();
  by_id_.emplace(key.id, std::move(stream));
  return raw;
}

Stream* StreamTable::create_local(Purpose purpose, Credits credits, std::size_t most) {
  if (local_in_use_ >= most) return nullptr;
  std::uint32_t index = 0;
  if (!free_local_.empty()) {
    index = free_local_.top();
    free_local_.pop();
  } else {
    index = static_cast<std::uint32_t>(local_.size());
    local_.emplace_back();
  }
  LocalSlot& slot = local_[index];
  ++slot.generation;
  slot.stream =
      add({StreamId{next_serial_++}, Opener::us, index, slot.generation, std::move(purpose)}, credits);
  ++local_in_use_;
  return slot.stream;
}

Stream* StreamTable::create_remote(std::uint32_t index, std::uint8_t generation, Purpose purpose,
                                   Credits credits) {
  if (index >= remote_.size()) remote_.resize(index + 1);
  RemoteSlot& slot = remote_[index];
  CHECK(slot.stream == nullptr);
  slot.used = true;
  slot.release_said = false;
  slot.generation = generation;
  slot.stream = add({StreamId{next_serial_++}, Opener::peer, index, generation, std::move(purpose)}, credits);
  return slot.stream;
}

Stream* StreamTable::find(StreamId id) const {
  const auto it = by_id_.find(id);
  return it == by_id_.end() ? nullptr : it->second.get();
}

Stream* StreamTable::find(wire::WireStream wire) const {
  if (wire.opened_by == wire::OpenedBy::receiver) {
    return wire.index < local_.size() ? local_[wire.index].stream : nullptr;
  }
  return wire.index < remote_.size() ? remote_[wire.index].stream : nullptr;
}

bool StreamTable::was_opened(std::uint32_t index, std::uint8_t generation) const {
  return index < remote_.size() && remote_[index].used && remote_[index].generation == generation;
}

void StreamTable::release_said(std::uint32_t index) {
  remote_[index].release_said = true;
}

bool StreamTable::is_free(std::uint32_t index) const {
  return index >= remote_.size() || (remote_[index].stream == nullptr && remote_[index].release_said);
}

void StreamTable::leave_wire(Stream& stream) {
  if (stream.key.opener == Opener::us) {
    LocalSlot& slot = local_[stream.key.index];
    CHECK(slot.stream == &stream);
    slot.stream = nullptr;
    free_local_.push(stream.key.index);
    --local_in_use_;
  } else {
    RemoteSlot& slot = remote_[stream.key.index];
    CHECK(slot.stream == &stream);
    slot.stream = nullptr;
  }
  stream.move(Stream::State::gone);
  stream.send.leave_place();
}

void StreamTable::collect(Stream& stream) {
  if (!stream.on_wire() && stream.abandoned()) by_id_.erase(stream.key.id);
}

void StreamTable::clear_wire(const std::function<bool(Stream&)>& keep) {
  std::erase_if(by_id_, [&keep](auto& entry) { return !keep(*entry.second); });
  for (const auto& [id, stream] : by_id_) {
    if (!stream->on_wire()) continue;
    stream->move(Stream::State::gone);
    stream->send.leave_place();
  }
  local_.clear();
  remote_.clear();
  free_local_ = {};
  local_in_use_ = 0;
}

void StreamTable::clear() {
  by_id_.clear();
  local_.clear();
  remote_.clear();
  free_local_ = {};
  local_in_use_ = 0;
}

}  // namespace serialtcp::mux
