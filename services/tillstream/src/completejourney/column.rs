//! Whole columns of a Parquet file as vectors.
//!
//! Reading column by column with the types known is several times as fast as the row interface of the
//! `parquet` crate, and says of each column whether it may hold gaps.

use std::fs::File;
use std::path::{Path, PathBuf};

use parquet::column::reader::get_typed_column_reader;
use parquet::data_type::DataType;
use parquet::file::reader::{FileReader, SerializedFileReader};

use crate::completejourney::Error;

/// An open Parquet file whose columns all are at the top level.
pub(super) struct Table {
    path: PathBuf,
    reader: SerializedFileReader<File>,
}

impl Table {
    pub(super) fn open(path: &Path) -> Result<Self, Error> {
        let file = File::open(path).map_err(|source| Error::Open { path: path.to_owned(), source })?;
        let reader = SerializedFileReader::new(file).map_err(|source| damaged(path, source))?;
        Ok(Self { path: path.to_owned(), reader })
    }

    /// Reads a column that must have a value in every row, changing each value on the way.
    pub(super) fn required<T: DataType, V>(
        &self,
        name: &'static str,
        change: impl Fn(T::T) -> Option<V>,
    ) -> Result<Vec<V>, Error> {
        let cells = self.optional::<T, V>(name, change)?;
        let row = cells.iter().position(Option::is_none);
        row.map_or(Ok(()), |row| Err(Error::Value { path: self.path.clone(), column: name, row }))?;
        Ok(cells.into_iter().flatten().collect())
    }

    /// Reads a column that may have gaps. A value that `change` refuses is an error.
    pub(super) fn optional<T: DataType, V>(
        &self,
        name: &'static str,
        change: impl Fn(T::T) -> Option<V>,
    ) -> Result<Vec<Option<V>>, Error> {
        let column = self.index(name)?;
        let mut cells = Vec::new();
        for group in 0..self.reader.num_row_groups() {
            let (values, levels) =
                self.group::<T>(group, column).map_err(|source| damaged(&self.path, source))?;
            let mut values = values.into_iter();
            for level in levels {
                // A row at level 0 is a gap and has no value in the vector.
                let value = if level == 0 { None } else { values.next() };
                let cell = value.map(&change);
                if matches!(cell, Some(None)) {
                    return Err(Error::Value { path: self.path.clone(), column: name, row: cells.len() });
                }
                cells.push(cell.flatten());
            }
        }
        Ok(cells)
    }

    /// Values and definition levels of one column in one row group.
    fn group<T: DataType>(
        &self,
        group: usize,
        column: usize,
    ) -> Result<(Vec<T::T>, Vec<i16>), parquet::errors::ParquetError> {
        let group = self.reader.get_row_group(group)?;
        let rows = usize::try_from(group.metadata().num_rows()).unwrap_or(0);
        let mut reader = get_typed_column_reader::<T>(group.get_column_reader(column)?);
        let (mut values, mut levels) = (Vec::with_capacity(rows), Vec::with_capacity(rows));
        while levels.len() < rows {
            let (read, _, _) =
                reader.read_records(rows - levels.len(), Some(&mut levels), None, &mut values)?;
            if read == 0 {
                break;
            }
        }
        Ok((values, levels))
    }

    fn index(&self, name: &'static str) -> Result<usize, Error> {
        let schema = self.reader.metadata().file_metadata().schema_descr();
        let found = schema.columns().iter().position(|column| column.name() == name);
        found.ok_or_else(|| Error::Column { path: self.path.clone(), column: name })
    }
}

fn damaged(path: &Path, source: parquet::errors::ParquetError) -> Error {
    Error::Parquet { path: path.to_owned(), source }
}
