//! The connector: sends each document to NetSuite once.
