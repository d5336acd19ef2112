// Files with secrets, by their access control lists.
#include "os/private_file.h"

#include <gtest/gtest.h>

#include "os/environment.h"
#include "os/wide_text_windows.h"
#include "os/windows.h"

#include <aclapi.h>

namespace serialtcp::io {
namespace {

class WindowsPrivateFile : public testing::Test {
 protected:
  void SetUp() override { path_ = environment_text("TEMP") + "\\serialtcp-private.txt"; }
  void TearDown() override { ::DeleteFileW(wide_text(path_).c_str()); }

  /// Gives it to somebody else, too.
  void permit(WELL_KNOWN_SID_TYPE who, DWORD rights) {
    std::array<std::byte, SECURITY_MAX_SID_SIZE> sid{};
    auto size = static_cast<DWORD>(sid.size());
    ASSERT_NE(::CreateWellKnownSid(who, nullptr, sid.data(), &size), 0);
    PACL before = nullptr;
    PSECURITY_DESCRIPTOR descriptor = nullptr;
    std::wstring wide = wide_text(path_);
    ASSERT_EQ(::GetNamedSecurityInfoW(wide.data(), SE_FILE_OBJECT, DACL_SECURITY_INFORMATION, nullptr,
                                      nullptr, &before, nullptr, &descriptor),
              DWORD{ERROR_SUCCESS});
    EXPLICIT_ACCESSW entry{};
    entry.grfAccessPermissions = rights;
    entry.grfAccessMode = GRANT_ACCESS;
    entry.Trustee.TrusteeForm = TRUSTEE_IS_SID;
    entry.Trustee.ptstrName = reinterpret_cast<LPWSTR>(sid.data());
    PACL list = nullptr;
    ASSERT_EQ(::SetEntriesInAclW(1, &entry, before, &list), DWORD{ERROR_SUCCESS});
    ASSERT_EQ(::SetNamedSecurityInfoW(wide.data(), SE_FILE_OBJECT, DACL_SECURITY_INFORMATION, nullptr,
                                      nullptr, list, nullptr),
              DWORD{ERROR_SUCCESS});
    ::LocalFree(list);
    ::LocalFree(descriptor);
  }

  std::string path_;
};

TEST_F(WindowsPrivateFile, OneThatIsMadeHereIsPrivateAndNeverOverwritten) {
  ASSERT_EQ(write_new_private_file(path_, "secret"), 0);
  EXPECT_EQ(write_new_private_file(path_, "other"), EEXIST);
  const auto file = read_private_file(path_, 100);
  ASSERT_TRUE(file);
  EXPECT_EQ(file->text, "secret");
  EXPECT_FALSE(file->danger) << file->danger->who_can;
}

TEST_F(WindowsPrivateFile, OneThatOthersMayReadIsInDanger) {
  ASSERT_EQ(write_new_private_file(path_, "secret"), 0);
  permit(WinWorldSid, FILE_GENERIC_READ);
  const auto file = read_private_file(path_, 100);
  ASSERT_TRUE(file);
  ASSERT_TRUE(file->danger);
  EXPECT_TRUE(file->danger->who_can.ends_with(" can read")) << file->danger->who_can;
  EXPECT_TRUE(file->danger->remedy.starts_with("icacls ")) << file->danger->remedy;
}

TEST_F(WindowsPrivateFile, WhatIsNoFileIsSaid) {
  EXPECT_EQ(read_private_file(path_, 100).error().number, ENOENT);
  EXPECT_NE(read_private_file(environment_text("TEMP"), 100).error().text.find("a directory"),
            std::string::npos);
}

}  // namespace
}  // namespace serialtcp::io
