// Finds bytes in the memory of this process: for tests that a secret is wiped, or only where it should be.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "serialtcp/bytes.h"

namespace serialtcp::test {

/// 32 bytes that the test can recognise without having them in memory.
class Masked {
 public:
  explicit Masked(std::span<const Byte, 32> secret) {
    for (std::size_t i = 0; i < masked_.size(); ++i) masked_[i] = static_cast<Byte>(secret[i] ^ kMask);
  }
  std::size_t size() const { return masked_.size(); }
  Byte at(std::size_t index) const { return static_cast<Byte>(masked_.at(index) ^ kMask); }

 private:
  static constexpr Byte kMask = 0xA7;
  std::array<Byte, 32> masked_{};
};

/// A place where the bytes were found.
struct MemoryFind {
  std::uintptr_t address = 0;
  std::string mapping;  ///< from /proc/self/smaps
  bool locked = false;  ///< excluded from swap
  bool dumped = true;   ///< included in a core file
};

class MemoryScan {
 public:
  MemoryScan() : memory_(::open("/proc/self/mem", O_RDONLY | O_CLOEXEC)) {
    // Shared, so that the system does not merge it with a neighbouring mapping.
    buffer_ = static_cast<Byte*>(
        ::mmap(nullptr, kBuffer, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
  }
  ~MemoryScan() {
    ::munmap(buffer_, kBuffer);
    ::close(memory_);
  }
  MemoryScan(const MemoryScan&) = delete;
  MemoryScan& operator=(const MemoryScan&) = delete;

  bool possible() const { return memory_ >= 0 && buffer_ != MAP_FAILED; }

  std::vector<MemoryFind> find(const Masked& bytes) {
    std::vector<MemoryFind> finds;
    std::ifstream maps("/proc/self/smaps");
    MemoryFind mapping;
    std::uintptr_t begin = 0;
    std::uintptr_t end = 0;
    bool writable = false;
    for (std::string line; std::getline(maps, line);) {
      std::istringstream words(line);
      std::string first;
      std::string rights;
      words >> first >> rights;
      if (const std::size_t dash = first.find('-'); dash != std::string::npos && first.back() != ':') {
        begin = std::stoull(first.substr(0, dash), nullptr, 16);
        end = std::stoull(first.substr(dash + 1), nullptr, 16);
        writable = rights.starts_with("rw");
        mapping = MemoryFind{0, line};
      } else if (first == "VmFlags:") {
        mapping.locked = line.find(" lo") != std::string::npos;
        mapping.dumped = line.find(" dd") == std::string::npos;
        // The shadow memory of a sanitizer is terabytes of zeros.
        if (writable && end - begin <= kGreatest) search(begin, end, bytes, mapping, finds);
      }
    }
    return finds;
  }

 private:
  static constexpr std::size_t kBuffer = 1 << 20;
  static constexpr std::uintptr_t kGreatest = std::uintptr_t{1} << 28;

  void search(std::uintptr_t begin, std::uintptr_t end, const Masked& bytes, MemoryFind mapping,
              std::vector<MemoryFind>& finds) {
    const auto own = reinterpret_cast<std::uintptr_t>(buffer_);
    if (own >= begin && own < end) return;
    for (std::uintptr_t at = begin; at < end; at += kBuffer - bytes.size()) {
      const std::size_t most = std::min<std::size_t>(kBuffer, end - at);
      const ssize_t got = ::pread(memory_, buffer_, most, static_cast<off_t>(at));
      if (got <= 0) return;
      const Byte* const last = buffer_ + got;
      for (const Byte* p = buffer_;
           (p = static_cast<const Byte*>(std::memchr(p, bytes.at(0), static_cast<std::size_t>(last - p)))) !=
           nullptr;
           ++p) {
        if (static_cast<std::size_t>(last - p) < bytes.size()) break;
        std::size_t same = 1;
        while (same < bytes.size() && p[same] == bytes.at(same)) ++same;
        if (same < bytes.size()) continue;
        mapping.address = at + static_cast<std::uintptr_t>(p - buffer_);
        finds.push_back(mapping);
      }
      if (most < kBuffer) return;
    }
  }

  int memory_;
  Byte* buffer_;
};

}  // namespace serialtcp::test
