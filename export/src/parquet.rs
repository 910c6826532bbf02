//! Apache Parquet: one row group, texts as UTF-8, times as microseconds in UTC.

use std::sync::Arc;

use parquet::basic::{LogicalType, Repetition, TimeUnit, Type as Physical};
use parquet::column::writer::ColumnWriter;
use parquet::data_type::ByteArray;
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::Type;

use crate::{Cell, Column, Kind, Table};

/// Rows as a file.
pub(crate) fn file(table: Table, rows: &[Vec<Cell>]) -> Result<Vec<u8>, String> {
    written(table, rows).map_err(|error| error.to_string())
}

fn written(table: Table, rows: &[Vec<Cell>]) -> Result<Vec<u8>, ParquetError> {
    let fields =
        table.columns().iter().map(|column| field(column).map(Arc::new)).collect::<Result<_, _>>()?;
    let schema = Type::group_type_builder(table.as_str()).with_fields(fields).build()?;
    let mut writer = SerializedFileWriter::new(
        Vec::new(),
        Arc::new(schema),
        Arc::new(WriterProperties::builder().build()),
    )?;
    let mut group = writer.next_row_group()?;
    let mut index = 0;
    while let Some(mut column) = group.next_column()? {
        let cells: Vec<&Cell> = rows.iter().filter_map(|row| row.get(index)).collect();
        // Every column is optional: 1 where there is a value.
        let levels: Vec<i16> = cells.iter().map(|cell| i16::from(**cell != Cell::Nothing)).collect();
        match column.untyped() {
            ColumnWriter::ByteArrayColumnWriter(writer) => {
                writer.write_batch(&texts(&cells), Some(&levels), None)?;
            }
            ColumnWriter::Int64ColumnWriter(writer) => {
                writer.write_batch(&numbers(&cells), Some(&levels), None)?;
            }
            _ => return Err(ParquetError::General(format!("column {index} is of no kind that we write"))),
        }
        column.close()?;
        index += 1;
    }
    group.close()?;
    writer.into_inner()
}

fn field(column: &Column) -> Result<Type, ParquetError> {
    let (physical, logical) = match column.kind {
        Kind::Text => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
        Kind::Time => (Physical::INT64, Some(LogicalType::timestamp(true, TimeUnit::MICROS))),
        Kind::Number => (Physical::INT64, None),
    };
    Type::primitive_type_builder(column.name, physical)
        .with_repetition(Repetition::OPTIONAL)
        .with_logical_type(logical)
        .build()
}

fn texts(cells: &[&Cell]) -> Vec<ByteArray> {
    let text = |cell: &&Cell| match cell {
        Cell::Text(text) => Some(ByteArray::from(text.as_str())),
        Cell::Nothing | Cell::Time(_) | Cell::Number(_) => None,
    };
    cells.iter().filter_map(text).collect()
}

fn numbers(cells: &[&Cell]) -> Vec<i64> {
    let number = |cell: &&Cell| match cell {
        Cell::Number(number) => Some(*number),
        Cell::Time(time) => Some(time.as_microsecond()),
        Cell::Nothing | Cell::Text(_) => None,
    };
    cells.iter().filter_map(number).collect()
}
