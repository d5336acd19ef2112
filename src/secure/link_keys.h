// LinkKeys: the two keys of one sealed link, one a direction, and their renewal. docs/protocol.md, "Sealed
// frames". It hands out each frame number once: that is CHECKed, since a number used twice with one key would
// give both frames away.
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

  /// For the frame with this number, which must be above all earlier ones.
  Sealer seal(std::uint64_t number, ByteView associated);
  /// From the next frame on the next key is used. The peer must have opened a frame with this one: it looks
  /// one key ahead, no more.
  void renew();

  /// Opens with the peer's key, or with the one after that, which is then the peer's key.
  bool open(const Sealed& sealed, Byte* out);
  /// Opens with the peer's key only.
  bool open_with_present(const Sealed& sealed, Byte* out) const;

  /// How often the key to send with has been renewed, and that of the peer.
  std::uint64_t send_epoch() const { return send_epoch_; }
  std::uint64_t receive_epoch() const { return receive_epoch_; }

 private:
  Secret keys_;
  std::shared_ptr<Secret> room_ = Sealer::make_room();  ///< shared with the frame that is open
  std::uint64_t least_unused_ = 0;
  std::uint64_t send_epoch_ = 0;
  std::uint64_t receive_epoch_ = 0;
};

}  // namespace serialtcp::secure
