// A session whose other end sends arbitrary bytes in arbitrary pieces: however they are cut, they mean the same; what is held
// is bounded; and each message, written again, is read as the same.
#include <algorithm>

#include "input.h"
#include "wire/session.h"
#include "wire/session_flow.h"

namespace serialtcp::fuzz {
namespace {

using namespace wire::session;

struct Told {
  Bytes again;  ///< the messages, written
  bool malformed = false;
};

Told tell(ByteView bytes, Input* cuts) {
  Reader reader;
  ReceiveFlow flow(1000);
  Told told;
  while (!bytes.empty()) {
    ByteView piece = take_piece(bytes, cuts);
    while (const auto message = reader.next(piece)) {
      write(*message, told.again);
      if (const auto* const data = std::get_if<Data>(&*message)) static_cast<void>(flow.receive(data->bytes));
      demand(flow.waiting() <= 1000, "no more is held than was granted");
    }
    demand(piece.empty() || reader.malformed(), "what has arrived is looked at");
  }
  told.malformed = reader.malformed();
  return told;
}

}  // namespace
}  // namespace serialtcp::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace serialtcp;
  const auto input = fuzz::split_head(data, size);
  if (!input) return 0;
  fuzz::Input cuts = input->head;
  const fuzz::Told one = fuzz::tell(input->bytes, &cuts);
  const fuzz::Told other = fuzz::tell(input->bytes, nullptr);
  fuzz::demand(one.again == other.again && one.malformed == other.malformed,
               "it does not matter how the bytes are cut");
  const fuzz::Told again = fuzz::tell(one.again, nullptr);
  fuzz::demand(again.again == one.again && !again.malformed, "what is written is read as the same");
  return 0;
}
