// LinkKeys: the two keys of a sealed link, one for each direction, and their renewal. docs/protocol.md,
// "Sealed frames". Each frame number can be used only once (CHECK): two frames with the same number and key
// would reveal each other.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "secure/aead.h"
#include "secure/secret.h"

namespace serialtcp::secure {

class LinkKeys {
 public:
  LinkKeys(KeyView send, KeyView receive);

  /// Seals the frame with this number, which must be above all earlier ones (CHECK).
  Sealer seal(std::uint64_t number, ByteView associated);
  /// Uses the next key from the next frame on. The peer must have opened a frame with the current key, since
  /// it tries only one further key.
  void renew();

  /// Opens with the peer's current key, or with its next key, which then becomes the current one.
  bool open(const Sealed& sealed, Byte* out);
  /// Opens with the peer's current key only.
  bool open_with_present(const Sealed& sealed, Byte* out) const;

  /// How often the key for sending has been renewed, and that of the peer.
  std::uint64_t send_epoch() const { return send_epoch_; }
  std::uint64_t receive_epoch() const { return receive_epoch_; }

 private:
  Secret keys_;
  std::shared_ptr<Secret> room_ = Sealer::make_room();  ///< shared with the frame that is being sealed
  std::uint64_t least_unused_ = 0;
  std::uint64_t send_epoch_ = 0;
  std::uint64_t receive_epoch_ = 0;
};

}  // namespace serialtcp::secure
